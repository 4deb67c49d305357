# embed_text(TARGET SYMBOL FILE...)
#
# Compiles text files into TARGET as one byte array: `const char SYMBOL[]`, a
# NUL behind it, `const size_t SYMBOL_len`, and `const char SYMBOL_sha1[]` in hex.
# Several files are joined in the order given. Editing one rebuilds. Bytes rather than a string literal, because
# ISO C promises 4,095 characters of one only.
#
# Run by itself (cmake -P) this file is also the generator.
if(CMAKE_SCRIPT_MODE_FILE)
    set(hex "")
    set(text "")
    string(REPLACE "|" ";" inputs "${INPUTS}")
    foreach(input IN LISTS inputs)
        file(READ ${input} part HEX)
        string(APPEND hex ${part})
        file(READ ${input} part)
        string(APPEND text "${part}")
    endforeach()
    string(SHA1 sha1 "${text}")
    string(REGEX REPLACE "(................................)" "\\1\n" hex ${hex})
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," hex ${hex})
    file(WRITE ${OUTPUT}
        "#include <stddef.h>\n"
        "extern const char ${SYMBOL}[];\n"
        "extern const size_t ${SYMBOL}_len;\n"
        "extern const char ${SYMBOL}_sha1[];\n"
        "const char ${SYMBOL}[] = {\n${hex}0};\n"
        "const size_t ${SYMBOL}_len = sizeof(${SYMBOL}) - 1;\n"
        "const char ${SYMBOL}_sha1[] = \"${sha1}\";\n")
    return()
endif()

set(EMBED_TEXT_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(embed_text target symbol)
    set(paths "")
    foreach(file IN LISTS ARGN)
        list(APPEND paths ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    endforeach()
    string(REPLACE ";" "|" joined "${paths}")
    set(output ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
    add_custom_command(
        OUTPUT ${output}
        COMMAND ${CMAKE_COMMAND} -D "INPUTS=${joined}" -D OUTPUT=${output}
                -D SYMBOL=${symbol} -P ${EMBED_TEXT_SCRIPT}
        DEPENDS ${paths} ${EMBED_TEXT_SCRIPT}
        COMMENT "Embedding ${symbol}"
        VERBATIM)
    # A library of its own: a room below the target's folder may call this, and
    # a generated source is known in the folder only that generates it.
    add_library(${symbol} OBJECT ${output})
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${symbol}>)
endfunction()
