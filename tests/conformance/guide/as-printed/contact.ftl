{
"fields": [
{
"id": 513758,
"value": "${input.user_id!}"
},
{
"id": 513759,
"value": "${input.language!}"
},
{
"id": 513760,
"value": "${input.country!}"
},
{
"id": 513761,
"value": "${input.region!}"
},
{
"id": 513762,
"value": "${input.city!}"
},
{
"id": 513763,
"value": "${input.device_type!}"
},
{
"id": 513764,
"value": "${input.os_version!}"
},
{
"id": 513765,
"value": "${input.version_name!}"
},
{
"id": 513766,
"value": "${input.platform!}"
},
{
"id": 513767,
"value": "${input.library!}"
},
{
"id": 513769,
"value": "${input.device_carrier!}"
},
{
"id": 513770,
"value": "${input.device_id!}"
},
{
"id": 514043,
"value": "${input.user_properties.subscription_product!}"
},
{
"id": 514044,
"value": "${input.user_properties.subscription_state!}"
},
{
"id": 514045,
"value": "${input.user_properties.has_subscription!}"
}
],
"channels": [
{
"device": {
"appId": "vcfc4f0e-z891-355b-aea3-107f2f18e6ds"
},
"type": "email",
"value": "${input.user_properties.email!}"
}
],
"externalCustomerId": "${input.user_id!}"
}
