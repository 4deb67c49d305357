# What a compiler may say about our own code. System headers are not ours.
add_compile_options(
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
    -Wmissing-prototypes -Wvla -Wwrite-strings -Wswitch-enum)
if(RELAY_WERROR)
    add_compile_options(-Werror)
endif()

# Hardening of what is shipped. Sanitizers bring their own checks.
add_link_options(-pie -Wl,-z,relro,-z,now)
if(NOT RELAY_SANITIZE)
    add_compile_options(-fstack-protector-strong)
    if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
        add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
    endif()
endif()
