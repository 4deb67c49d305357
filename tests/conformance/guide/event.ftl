{
"eventTypeKey": "${input.event_type!}",
"params": [
<#if input.amplitude_id??>
{"name": "externalCustomerId", "value": "${input.user_id}"}
</#if>
<#list [
"parameter_1",
"parameter_2",
"parameter_3"
] as param>
<#if input.event_properties[param]??>
, {"name": "${param}", "value": "${input.event_properties[param]}"}
</#if>
</#list>
<#list [
"$parameter1",
"$parameter2",
"$parameter3"
] as param>
<#if input[param]??>
, {"name": "${param}", "value": "${input[param]}"}
</#if>
</#list>
]
}
