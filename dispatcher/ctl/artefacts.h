#ifndef DISPATCHER_CTL_ARTEFACTS_H
#define DISPATCHER_CTL_ARTEFACTS_H

/*
 * Recognises what a paste from a web page leaves in a template. The example
 * templates on Reteno's page about Amplitude are printed with the escapes of
 * their mark-up, and whoever copies them gets:
 *
 *	\<#if x??>  \</#if>  \[	    a backslash before a tag or a bracket: it
 *				    compiles, and then prints the backslash
 *	"parameter_3"...	    dots for "and so on"
 *	"$parameter2,		    a string that is not closed
 *	“parameter_1”		    typographic quotes for straight ones
 *
 * Not a parser: it knows text from expressions and strings, no more, so it goes
 * on where the compiler must stop. What may be meant is not reported: a
 * typographic quote inside a string, \\[ in JSON text, a rest... parameter.
 */

#include "common/base/err.h"
#include "common/base/slice.h"

/* What is found, with line, column, and in the text what to do. */
typedef void (*artefacts_cb)(void *arg, const struct err *finding);

/* Calls back for each, in their order. Keeps nothing. */
void artefacts_find(struct slice source, artefacts_cb found, void *arg);

#endif
