<#--
  Reteno: POST https://api.reteno.com/api/v2/event (generate an event)

  input               the event as Amplitude sent it
  identity            the member that Reteno gets as externalCustomerId
  vars.event_fields   top-level fields to send beside all event properties
  vars.rename         property or field -> name of its parameter at Reteno
  vars.skip           properties and fields not to send

  Scalars go as strings, lists and objects as JSON; what is missing or empty is
  left out. Reteno takes a name only once: a renamed property goes before one that
  has the name of its own, that before one whose name had to be cut, and all of
  them before top-level fields. A property contactId needs another name by
  vars.rename: under its own, Reteno would take it for the contact that did it.
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
<#assign properties = input.event_properties!{}>
<#assign rename = vars.rename!{}>
<#assign skip = vars.skip![]>
<#-- Taken names, but for those that properties have of their own. -->
<#assign taken = ["externalCustomerId", "contactId"]>
<#-- A value as JSON; "" for one that is not sent. -->
<#function json value>
  <#if value?is_string || value?is_number || value?is_boolean>
    <#return (value?string == "")?then("", "\"" + value?string?json_string + "\"")>
  </#if>
  <#return utils.toJson(value)>
</#function>
<#function is_own name>
  <#return properties[name]?? && !(rename[name]??) && !skip?seq_contains(name) && json(properties[name]) != "">
</#function>
<#macro param name key value>
  <#local text = json(value)>
  <#if text != "" && name?trim != "" && !taken?seq_contains(name) && !skip?seq_contains(key)>
    ,{"name": "${name?json_string}", "value": ${text}}
    <#if name != key || !(properties[key]??)>
      <#assign taken = taken + [name]>
    </#if>
  </#if>
</#macro>
{
  "eventTypeKey": "${cut(type)?json_string}",
  "params": [
    {"name": "externalCustomerId", "value": "${input[identity]?string?json_string}"}
    <#list rename as key, name>
      <#if name?? && properties[key]??>
        <@param cut(name) key properties[key]/>
      </#if>
    </#list>
    <#list properties as key, value>
      <#if value?? && !(rename[key]??) && key?length <= 100>
        <@param key key value/>
      </#if>
    </#list>
    <#list properties as key, value>
      <#if value?? && !(rename[key]??) && (key?length > 100) && !is_own(cut(key))>
        <@param cut(key) key value/>
      </#if>
    </#list>
    <#list vars.event_fields![] as key>
      <#if input[key]?? && !is_own(cut(rename[key]!key))>
        <@param cut(rename[key]!key) key input[key]/>
      </#if>
    </#list>
  ]
}
