# The packaged libraries, by the names Debian 12, Debian 13 and Ubuntu give
# them. Each is used in a short list of places only; tests/lint checks that.
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBEVENT REQUIRED IMPORTED_TARGET
    libevent_core>=2.1 libevent_extra>=2.1)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis>=0.14)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl>=7.85)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson>=2.13)
pkg_check_modules(YAML REQUIRED IMPORTED_TARGET yaml-0.1)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib>=1.2)
pkg_check_modules(CRYPTO REQUIRED IMPORTED_TARGET libcrypto>=1.1)

# msgpack-c's C library is found by its files: its pkg-config file goes by two
# names, and Debian 13's gives folders that are not there.
find_path(MSGPACK_INCLUDE_DIR msgpack.h REQUIRED)
find_library(MSGPACK_LIBRARY NAMES msgpack-c msgpackc REQUIRED)
add_library(relay_msgpack INTERFACE)
target_include_directories(relay_msgpack
    SYSTEM INTERFACE ${MSGPACK_INCLUDE_DIR})
target_link_libraries(relay_msgpack INTERFACE ${MSGPACK_LIBRARY})
