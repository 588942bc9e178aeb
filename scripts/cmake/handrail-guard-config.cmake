# find_package(handrail-guard): the target handrail::guard, which an addon or a program links to have its
# v8::Locals checked. See include/handrail/harness/guard/off_stack_guard.h.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 16)
  set(handrail-guard_FOUND FALSE)
  set(handrail-guard_NOT_FOUND_MESSAGE
    "handrail::guard needs clang 16 or later: ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} \
cannot hook copies of a v8::Local. Configure with CXX=clang++.")
  return()
endif()
include("${CMAKE_CURRENT_LIST_DIR}/handrail-guard-targets.cmake")
