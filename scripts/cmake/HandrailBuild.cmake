# How everything of ours is compiled: warnings, paths inside the binary, ccache when it is there, and
# the two shapes that our libraries and tests have.
include_guard(GLOBAL)

find_program(CCACHE ccache)
mark_as_advanced(CCACHE)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without these it would not keep what was compiled with a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    "${CMAKE_COMMAND}" -E env "CCACHE_SLOPPINESS=pch_defines,time_macros" "${CCACHE}")
endif()

add_library(handrail_flags INTERFACE)
target_include_directories(handrail_flags INTERFACE "${CMAKE_SOURCE_DIR}")
# Findings name files as they lie in the repository, wherever it was built.
target_compile_options(handrail_flags INTERFACE
  -Wall -Wextra "-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=")
# clang's own warning about libstdc++ 12's std::stable_sort.
target_compile_options(handrail_flags INTERFACE
  $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
# gcc 12 takes "literal" + std::string for an overlapping copy (GCC bug 105329).
target_compile_options(handrail_flags INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
# What ccache asks for where headers are precompiled.
target_compile_options(handrail_flags INTERFACE
  $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
  "$<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>")
target_compile_definitions(handrail_flags INTERFACE HANDRAIL_VERSION="${PROJECT_VERSION}")
target_link_libraries(handrail_flags INTERFACE pthread)

# handrail_library(NAME SOURCES a.cc ... USES lib ...): a static library of ours.
function(handrail_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES")
  add_library(${name} STATIC ${arg_SOURCES})
  target_link_libraries(${name} PUBLIC handrail_flags ${arg_USES})
endfunction()

# handrail_test(NAME SOURCES a_test.cc ... USES lib ... [PRECOMPILE header]): one googletest program,
# each of its tests known to ctest as NAME/Suite.Test. PRECOMPILE: a header that most of them include.
function(handrail_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT;PRECOMPILE" "SOURCES;USES")
  if(NOT BUILD_TESTING)
    return()
  endif()
  add_executable(${name}_test ${arg_SOURCES})
  target_link_libraries(${name}_test PRIVATE handrail_flags ${arg_USES} GTest::gmock GTest::gtest_main)
  list(LENGTH arg_SOURCES count)
  if(count GREATER 3)  # below, making it costs more than it saves
    target_precompile_headers(${name}_test PRIVATE <gmock/gmock.h> <gtest/gtest.h> ${arg_PRECOMPILE})
  endif()
  set_target_properties(${name}_test PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/tests")
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  gtest_discover_tests(${name}_test TEST_PREFIX "${name}/"
    WORKING_DIRECTORY "${CMAKE_SOURCE_DIR}" PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()
