<#--
  Reteno: POST https://mobile-api.reteno.com/api/v1/device (create or update a device)

  input      the user as Amplitude sent it (export names or Identify names)
  identity   the member that Reteno gets as externalUserId
  Only real devices come here: see `when` in the configuration.
-->
<#-- A list or an object says nothing of a device: as if it were not there. -->
<#function text value>
  <#return (value?is_string || value?is_number || value?is_boolean)?then(value?string, "")>
</#function>
<#assign os = text(input.os_name!"")?upper_case>
<#if !["ANDROID", "IOS", "IPADOS"]?seq_contains(os)>
  <#assign os = text(input.platform!"")?upper_case>
</#if>
<#if os == "IPADOS">
  <#assign os = "IOS">
</#if>
<#assign kind = [text(input.device_family!""), text(input.device_type!""), text(input.device_model!"")]?join(" ")?lower_case>
<#assign members = {
  "externalUserId": (input[identity]!"")?string,
  "osType": os,
  "osVersion": text(input.os_version!""),
  "deviceModel": text(input.device_model!""),
  "appVersion": text(input.version_name!input.app_version!"")
}>
{
  "deviceId": "${input.device_id?json_string}",
  <#list members as name, value>
    <#if !["", "null"]?seq_contains(value?trim)>
  "${name}": "${value?json_string}",
    </#if>
  </#list>
  <#if kind?contains("ipad") || kind?contains("tablet") || kind?contains("galaxy tab")>
  "category": "TABLET"
  <#else>
  "category": "MOBILE"
  </#if>
}
