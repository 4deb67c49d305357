# RELAY_SANITIZE=address,undefined or thread; RELAY_FUZZ adds coverage for
# libFuzzer to everything, and the targets themselves link its main().
if(RELAY_SANITIZE)
    add_compile_options(
        -fsanitize=${RELAY_SANITIZE} -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${RELAY_SANITIZE})
endif()
if(RELAY_FUZZ)
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
