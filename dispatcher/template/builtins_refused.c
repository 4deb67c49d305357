/* Built-ins that reach for Java, templates or nodes: an error when compiled. */
#include "dispatcher/template/builtins.h"

const struct builtin builtins_refused[] = {
    {.name = "ancestors", .flags = BUILTIN_REFUSED},
    {.name = "api", .flags = BUILTIN_REFUSED},
    {.name = "children", .flags = BUILTIN_REFUSED},
    {.name = "eval", .flags = BUILTIN_REFUSED},
    {.name = "interpret", .flags = BUILTIN_REFUSED},
    {.name = "namespace", .flags = BUILTIN_REFUSED},
    {.name = "new", .flags = BUILTIN_REFUSED},
    {.name = "next_sibling", .flags = BUILTIN_REFUSED},
    {.name = "node_name", .flags = BUILTIN_REFUSED},
    {.name = "node_namespace", .flags = BUILTIN_REFUSED},
    {.name = "node_type", .flags = BUILTIN_REFUSED},
    {.name = "parent", .flags = BUILTIN_REFUSED},
    {.name = "previous_sibling", .flags = BUILTIN_REFUSED},
    {.name = "root", .flags = BUILTIN_REFUSED},
    {.name = NULL},
};
