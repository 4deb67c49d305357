{
<#if input.device_id??>
"deviceId": "${input.device_id}",
</#if>
<#if input.device_id??>
"externalUserId": "${input.user_id}",
</#if>
<#if input.os_name??>
"osType": "${input.os_name?upper_case}",
</#if>
<#if input.version_name??>
"appVersion": "${input.version_name}",
</#if>
<#if input.os_version??>
"osVersion": "${input.os_version}",
</#if>
<#if input.device_model??>
"deviceModel": "${input.device_model}",
</#if>
"category": "MOBILE"
}
