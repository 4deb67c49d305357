/*
 * Short names of zones, which ICU does not know in English and Java does. Where
 * neither has one, both write the distance to GMT, Java in two digits.
 */
#include "dispatcher/template/date.h"

#include <stdio.h>
#include <string.h>

/* By the long names, which both have; sorted by them. */
static const struct {
	const char *name;
	const char *short_name;
} names[] = {
    {"Afghanistan Time", "AFT"},
    {"Amazon Standard Time", "AMT"},
    {"Arabian Standard Time", "AST"},
    {"Argentina Standard Time", "ART"},
    {"Armenia Standard Time", "AMT"},
    {"Australian Central Daylight Time", "ACDT"},
    {"Australian Central Standard Time", "ACST"},
    {"Australian Eastern Daylight Time", "AEDT"},
    {"Australian Eastern Standard Time", "AEST"},
    {"Australian Western Standard Time", "AWST"},
    {"Azerbaijan Standard Time", "AZT"},
    {"Bangladesh Standard Time", "BDT"},
    {"Bolivia Time", "BOT"},
    {"Brasilia Standard Time", "BRT"},
    {"British Summer Time", "BST"},
    {"Central Africa Time", "CAT"},
    {"Central European Standard Time", "CET"},
    {"Central European Summer Time", "CEST"},
    {"Central Indonesia Time", "WITA"},
    {"Chile Standard Time", "CLT"},
    {"Chile Summer Time", "CLST"},
    {"China Standard Time", "CST"},
    {"Colombia Standard Time", "COT"},
    {"Cuba Daylight Time", "CDT"},
    {"Cuba Standard Time", "CST"},
    {"East Africa Time", "EAT"},
    {"Eastern European Standard Time", "EET"},
    {"Eastern European Summer Time", "EEST"},
    {"Eastern Indonesia Time", "WIT"},
    {"Ecuador Time", "ECT"},
    {"Georgia Standard Time", "GET"},
    {"Gulf Standard Time", "GST"},
    {"Hong Kong Standard Time", "HKT"},
    {"India Standard Time", "IST"},
    {"Indochina Time", "ICT"},
    {"Iran Standard Time", "IRST"},
    {"Irish Standard Time", "IST"},
    {"Irkutsk Standard Time", "IRKT"},
    {"Israel Daylight Time", "IDT"},
    {"Israel Standard Time", "IST"},
    {"Japan Standard Time", "JST"},
    {"Korean Standard Time", "KST"},
    {"Krasnoyarsk Standard Time", "KRAT"},
    {"Kyrgyzstan Time", "KGT"},
    {"Malaysia Time", "MYT"},
    {"Moscow Standard Time", "MSK"},
    {"Myanmar Time", "MMT"},
    {"Nepal Time", "NPT"},
    {"New Zealand Daylight Time", "NZDT"},
    {"New Zealand Standard Time", "NZST"},
    {"Newfoundland Daylight Time", "NDT"},
    {"Newfoundland Standard Time", "NST"},
    {"Novosibirsk Standard Time", "NOVT"},
    {"Omsk Standard Time", "OMST"},
    {"Pakistan Standard Time", "PKT"},
    {"Peru Standard Time", "PET"},
    {"Philippine Standard Time", "PST"},
    {"Samara Standard Time", "SAMT"},
    {"Singapore Standard Time", "SGT"},
    {"South Africa Standard Time", "SAST"},
    {"Taipei Standard Time", "CST"},
    {"Tajikistan Time", "TJT"},
    {"Turkmenistan Standard Time", "TMT"},
    {"Uruguay Standard Time", "UYT"},
    {"Uzbekistan Standard Time", "UZT"},
    {"Venezuela Time", "VET"},
    {"Vladivostok Standard Time", "VLAT"},
    {"Volgograd Standard Time", "MSK"},
    {"West Africa Standard Time", "WAT"},
    {"Western European Standard Time", "WET"},
    {"Western European Summer Time", "WEST"},
    {"Western Indonesia Time", "WIB"},
    {"Yakutsk Standard Time", "YAKT"},
    {"Yekaterinburg Standard Time", "YEKT"},
};

const char *time_zone_short_name(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(names[i].name, name) == 0) {
			return names[i].short_name;
		}
	}
	return NULL;
}

/* Zones that are but their abbreviation: ICU has no names for them at all. */
static const struct {
	const char *id;
	const char *names[4]; /* short, short and daylight, long, ... */
} bare_zones[] = {
    {"CET",
	{"CET", "CEST", "Central European Time",
	    "Central European Summer Time"}},
    {"EET",
	{"EET", "EEST", "Eastern European Time",
	    "Eastern European Summer Time"}},
    {"EST", {"EST", "EST", "Eastern Standard Time", "Eastern Standard Time"}},
    {"HST", {"HST", "HST", "Hawaii Standard Time", "Hawaii Standard Time"}},
    {"MET", {"MET", "MEST", "Middle Europe Time", "Middle Europe Summer Time"}},
    {"MST", {"MST", "MST", "Mountain Standard Time", "Mountain Standard Time"}},
    {"WET",
	{"WET", "WEST", "Western European Time",
	    "Western European Summer Time"}},
};

const char *time_zone_bare_name(const char *id, bool is_long, bool is_daylight)
{
	for (size_t i = 0; i < ARRAY_LEN(bare_zones); i++) {
		if (strcmp(bare_zones[i].id, id) == 0) {
			return bare_zones[i].names[2 * is_long + is_daylight];
		}
	}
	return NULL;
}

void time_zone_offset_name(
    int32_t offset_ms, char label[static TIME_ZONE_LABEL_LEN])
{
	int minutes = offset_ms / MINUTE_MS;
	char sign = minutes < 0 ? '-' : '+';

	minutes = minutes < 0 ? -minutes : minutes;
	(void)snprintf(label, TIME_ZONE_LABEL_LEN, "GMT%c%02d:%02d", sign,
	    minutes / 60, minutes % 60);
}
