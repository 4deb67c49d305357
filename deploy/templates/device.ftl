<#--
  Reteno: POST https://mobile-api.reteno.com/api/v1/device (create or update a device)

  input      the user as Amplitude sent it (export names or Identify names)
  identity   the member that Reteno gets as externalUserId
  Only real devices come here: see `when` in the configuration.
-->
<#assign os = (input.os_name!"")?upper_case>
<#if !["ANDROID", "IOS", "IPADOS"]?seq_contains(os)>
  <#assign os = (input.platform!"")?upper_case>
</#if>
<#if os == "IPADOS">
  <#assign os = "IOS">
</#if>
<#assign kind = ((input.device_family!"") + " " + (input.device_type!"") + " " + (input.device_model!""))?lower_case>
<#assign members = {
  "externalUserId": input[identity]!"",
  "osType": os,
  "osVersion": input.os_version!"",
  "deviceModel": input.device_model!"",
  "appVersion": input.version_name!input.app_version!""
}>
{
  "deviceId": "${input.device_id?json_string}",
  <#list members as name, value>
    <#if !["", "null"]?seq_contains(value?string?trim)>
  "${name}": "${value?string?json_string}",
    </#if>
  </#list>
  <#if kind?contains("ipad") || kind?contains("tablet") || kind?contains("galaxy tab")>
  "category": "TABLET"
  <#else>
  "category": "MOBILE"
  </#if>
}
