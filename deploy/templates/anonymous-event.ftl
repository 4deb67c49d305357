<#--
  Reteno: POST https://mobile-api.reteno.com/api/v1/events (events of a device)

  For events of a device whose user is not known yet: the event API of contacts
  would refuse them. Carries the time of the event. The variables are those of
  event.ftl; parameters are strings here, so lists and objects go as JSON text.
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
<#-- 2026-11-20 20:07:01.795000, in UTC, to 2026-11-20T20:07:01.795Z -->
<#assign time = "">
<#list [input.event_time!, input.client_event_time!, input.server_received_time!, input.server_upload_time!] as stamp>
  <#if time == "" && stamp?is_string>
    <#assign time = stamp?trim?replace(" ", "T")>
  </#if>
</#list>
<#if time == "">
  <#stop "the event has no time, and Reteno wants one">
</#if>
<#assign time = time?remove_ending("Z")>
<#assign dot = time?index_of(".")>
<#if dot &lt; 0>
  <#assign time = time + ".000">
<#else>
  <#assign time = time[0..<dot] + (time[dot..] + "00")[0..*4]>
</#if>
<#assign properties = input.event_properties!{}>
<#assign rename = vars.rename!{}>
<#assign skip = vars.skip![]>
<#-- Taken names, but for those that properties have of their own. -->
<#assign taken = []>
<#assign separator = "">
<#function plain value>
  <#if value?is_string || value?is_number || value?is_boolean>
    <#return value?string>
  </#if>
  <#return utils.toJson(value)>
</#function>
<#function is_own name>
  <#return properties[name]?? && !(rename[name]??) && !skip?seq_contains(name) && plain(properties[name]) != "">
</#function>
<#macro param name key value>
  <#local text = plain(value)>
  <#if text != "" && name?trim != "" && !taken?seq_contains(name) && !skip?seq_contains(key)>
        ${separator}{"name": "${name?json_string}", "value": "${text?json_string}"}
    <#assign separator = ",">
    <#if name != key || !(properties[key]??)>
      <#assign taken = taken + [name]>
    </#if>
  </#if>
</#macro>
{
  "deviceId": "${input.device_id?json_string}",
  "events": [
    {
      "eventTypeKey": "${cut(type)?json_string}",
      "occurred": "${time?json_string}Z",
      "params": [
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
  ]
}
