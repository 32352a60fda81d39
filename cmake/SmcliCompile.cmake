# Flags that every target of ours shares, and smcli_library(), which makes one target per floor of src/.

add_library(smcli_options INTERFACE)
target_include_directories(smcli_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(smcli_options INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -fno-math-errno
  # GCC 12 sees overlapping copies in every `"text" + std::string` (its bug 105651).
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
  $<$<BOOL:${SMCLI_WERROR}>:-Werror>
  $<$<CXX_COMPILER_ID:Clang>:-Wno-unknown-warning-option>)
if(SMCLI_SANITIZE)
  # The whole program is instrumented: protobuf's generated code and the loops too.
  add_compile_options(-fsanitize=${SMCLI_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_compile_definitions(SMCLI_SANITIZED)
  add_link_options(-fsanitize=${SMCLI_SANITIZE})
  if(SMCLI_BUILD_FUZZERS)
    add_compile_options(-fsanitize=fuzzer-no-link)
  endif()
else()
  # A sanitizer brings its own run-time library; otherwise the program carries libstdc++ with it,
  # which halves its start-up time, and lies at a fixed address, which saves a sixth (docs/adr/0011-start-up.md).
  add_link_options(-static-libstdc++ -static-libgcc -no-pie)
endif()
add_compile_options(-ffunction-sections -fdata-sections)
add_link_options(-Wl,--gc-sections)

# smcli_library(NAME SOURCES a.cc b.cc DEPENDS target...)
# The static library smcli_NAME. DEPENDS is the column "may include" of docs/design/architecture.md,
# third-party archives of that floor included.
function(smcli_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(smcli_${name} STATIC ${ARG_SOURCES})
  target_link_libraries(smcli_${name} PUBLIC smcli_options ${ARG_DEPENDS})
endfunction()
