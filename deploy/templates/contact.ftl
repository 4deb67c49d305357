<#--
  Reteno: POST https://api.reteno.com/api/v1/contact (add or update a contact)

  input                the user as Amplitude sent it
  identity             the member that Reteno gets as externalCustomerId
  vars.contact_fields  Reteno's field id -> where its value stands in the webhook:
                       "user_properties.plan"; "version_name|app_version" takes the
                       first that is there; ["user_properties", "odd.name"] is a path
                       whose names hold dots
  vars.email           where the email stands, likewise
  vars.app_id          appId of the email channel; none when empty

  A path into user_properties also finds what an Identify call put under $set
  or $setOnce.
-->
<#function follow from steps>
  <#local value = from>
  <#list steps as step>
    <#if value?is_hash && value[step]??>
      <#local value = value[step]>
    <#else>
      <#return "">
    </#if>
  </#list>
  <#return value>
</#function>
<#function at steps>
  <#local value = follow(input, steps)>
  <#if !(value?is_string && value == "") || steps[0] != "user_properties" || steps?size == 1>
    <#return value>
  </#if>
  <#list ["$set", "$setOnce"] as operation>
    <#local value = follow(input, ["user_properties", operation] + steps[1..])>
    <#if !(value?is_string && value == "")>
      <#return value>
    </#if>
  </#list>
  <#return "">
</#function>
<#function find path>
  <#if path?is_sequence>
    <#return at(path)>
  </#if>
  <#list path?split("|") as alternative>
    <#local value = at(alternative?trim?split("."))>
    <#if !(value?is_string && value?trim == "")>
      <#return value>
    </#if>
  </#list>
  <#return "">
</#function>
<#-- As Reteno's fields take it: lists joined by commas, objects as JSON. -->
<#assign utils = statics["com.amplitude.integrations.connector.utils.FtlUtils"]>
<#function text value>
  <#if value?is_string || value?is_number || value?is_boolean>
    <#return value?string?trim>
  </#if>
  <#if value?is_sequence && value?filter(item -> item??)?filter(item -> item?is_sequence || item?is_hash)?size == 0>
    <#return value?filter(item -> item??)?map(item -> item?string)?join(",")>
  </#if>
  <#return utils.toJson(value)>
</#function>
<#assign email = find(vars.email!"user_properties.email")>
<#assign email = email?is_string?then(email?trim, "")>
<#-- Usable: one @, a dot behind it, and nothing that no address has. -->
<#assign has_email = (email?length <= 254) && email?matches("[^@\\s\\xa0\\p{Cc},;<>()\"]{1,64}@[^@.\\s\\xa0\\p{Cc},;<>()\"]+(\\.[^@.\\s\\xa0\\p{Cc},;<>()\"]+)+")>
{
  "externalCustomerId": "${input[identity]?string?json_string}",
  <#if has_email>
  "channels": [
    {
      "type": "email",
      "value": "${email?json_string}"<#if (vars.app_id!"")?has_content>,
      "device": {"appId": "${vars.app_id?json_string}"}</#if>
    }
  ],
  <#else>
  "channels": [],
  </#if>
  "fields": [
    <#assign separator = "">
    <#list vars.contact_fields!{} as id, path>
      <#assign value = text(find(path))>
      <#if value != "">
    ${separator}{"id": ${id?number?c}, "value": "${value?json_string}"}
        <#assign separator = ",">
      </#if>
    </#list>
  ]
}
