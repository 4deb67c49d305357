<#--
  Reteno: POST https://api.reteno.com/api/v2/event (generate an event)

  input               the event as Amplitude sent it
  identity            the member that Reteno gets as externalCustomerId
  vars.event_fields   top-level fields to send beside all event properties
  vars.rename         property or field -> name of its parameter at Reteno
  vars.skip           properties and fields not to send

  Scalars go as strings, lists and objects as JSON; what is missing or empty is
  left out. Of two parameters with one name the first is sent: Reteno takes a
  name only once.
-->
<#assign utils = statics["com.amplitude.integrations.connector.utils.FtlUtils"]>
<#-- What Reteno forbids in the name of an event, and control characters. -->
<#assign type = input.event_type?replace("[<;’\\\\/|\"`'^?!,>\\p{Cc}]", "_", "r")>
<#assign names = ["externalCustomerId"]>
<#macro param key value>
  <#local name = ((vars.rename!{})[key]!key)[0..*100]>
  <#if name?trim == "" || names?seq_contains(name) || (vars.skip![])?seq_contains(key)>
    <#return>
  </#if>
  <#if value?is_string || value?is_number || value?is_boolean>
    <#if value?string == "">
      <#return>
    </#if>
    <#local json = "\"" + value?string?json_string + "\"">
  <#else>
    <#local json = utils.toJson(value)>
  </#if>
  <#assign names = names + [name]>
    ,{"name": "${name?json_string}", "value": ${json}}
</#macro>
{
  "eventTypeKey": "${type[0..*100]?json_string}",
  "params": [
    {"name": "externalCustomerId", "value": "${input[identity]?string?json_string}"}
    <#list input.event_properties!{} as key, value>
      <#if value??>
        <@param key value/>
      </#if>
    </#list>
    <#list vars.event_fields![] as key>
      <#if input[key]??>
        <@param key input[key]/>
      </#if>
    </#list>
  ]
}
