# smcli::icu: ICU's static libraries over a part of ICU's data. The whole archive is 30 MB, nearly all of it locales,
# time zones, collation and names that no op asks for; the charset converters and the two compatibility normalisations
# are 5 MB, cut out of it here with ICU's own icupkg (docs/adr/0010-icu-data.md). Case mapping, scripts and NFC need no
# data: they are compiled into libicuuc.
find_program(SMCLI_ICUPKG icupkg PATHS /usr/sbin)
find_program(SMCLI_OBJCOPY NAMES objcopy llvm-objcopy)
find_path(SMCLI_ICU_INCLUDE unicode/uvernum.h REQUIRED)
file(STRINGS ${SMCLI_ICU_INCLUDE}/unicode/uvernum.h smcli_icu_version REGEX "define U_ICU_VERSION_MAJOR_NUM")
string(REGEX MATCH "[0-9]+$" smcli_icu_version "${smcli_icu_version}")

add_library(smcli_icu INTERFACE)
add_library(smcli::icu ALIAS smcli_icu)
if(SMCLI_ICUPKG AND SMCLI_OBJCOPY AND SMCLI_LIB_icudata MATCHES "\\.a$")
  set(smcli_icu_dir ${CMAKE_BINARY_DIR}/icu)
  set(smcli_icu_package ${smcli_icu_dir}/subset/icudt${smcli_icu_version}l.dat)
  add_custom_command(
    OUTPUT ${smcli_icu_package}
    COMMAND ${CMAKE_COMMAND} -D ARCHIVE=${SMCLI_LIB_icudata} -D AR=${CMAKE_AR} -D OBJCOPY=${SMCLI_OBJCOPY}
            -D ICUPKG=${SMCLI_ICUPKG} -D PACKAGE=${smcli_icu_package} -D SCRATCH=${smcli_icu_dir}/whole
            -P ${PROJECT_SOURCE_DIR}/cmake/CutIcuData.cmake
    DEPENDS ${SMCLI_LIB_icudata} ${PROJECT_SOURCE_DIR}/cmake/CutIcuData.cmake
    VERBATIM)
  set(smcli_icu_assembly ${smcli_icu_dir}/icu_data.S)
  file(CONFIGURE OUTPUT ${smcli_icu_assembly} @ONLY CONTENT
".section .rodata
.balign 16
.global icudt@smcli_icu_version@_dat
icudt@smcli_icu_version@_dat:
.incbin \"@smcli_icu_package@\"
.section .note.GNU-stack, \"\", %progbits
")
  set_source_files_properties(${smcli_icu_assembly} PROPERTIES OBJECT_DEPENDS ${smcli_icu_package})
  add_library(smcli_icu_data STATIC ${smcli_icu_assembly})
  target_link_libraries(smcli_icu INTERFACE ${SMCLI_LIB_icuuc} smcli_icu_data)
  if(NOT SMCLI_ICU_INCLUDE STREQUAL "/usr/include")
    target_include_directories(smcli_icu SYSTEM INTERFACE ${SMCLI_ICU_INCLUDE})
  endif()
else()
  target_link_libraries(smcli_icu INTERFACE smcli::icuuc)
endif()
