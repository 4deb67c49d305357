<#--
  Reteno: POST https://api.reteno.com/api/v2/event (generate an event)

  input               the event as Amplitude sent it
  identity            the member that Reteno gets as externalCustomerId
  vars.event_fields   top-level fields to send beside all event properties
  vars.rename         property or field -> name of its parameter at Reteno
  vars.skip           properties and fields not to send

  Scalars go as strings, lists and objects as JSON; what is missing or empty is
  left out. Of two parameters with one name the first is sent: Reteno takes a
  name only once. A property contactId needs another name by vars.rename: under
  its own, Reteno would take it for the contact that did it all.
-->
<#assign utils = statics["com.amplitude.integrations.connector.utils.FtlUtils"]>
<#-- What Reteno forbids in the name of an event, and control characters. -->
<#assign type = input.event_type?replace("[<;’\\\\/|\"`'^?!,>\\p{Cc}]", "_", "r")>
<#-- The first 100, and never half of a character that takes two places. -->
<#function cut text>
  <#if (text?length > 100) && text[99..*2]?matches("[\\x{10000}-\\x{10FFFF}]")>
    <#return text[0..*99]>
  </#if>
  <#return text[0..*100]>
</#function>
<#assign names = ["externalCustomerId", "contactId"]>
<#macro param key value>
  <#local name = cut((vars.rename!{})[key]!key)>
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
  "eventTypeKey": "${cut(type)?json_string}",
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
