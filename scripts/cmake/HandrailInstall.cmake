# What an embedder takes away: the embed library for each engine, and its headers.
#
#   cmake --install build/dev --component embed --prefix DIR
#
#   DIR/include/handrail/harness/{embed,engine}/*.h   compile with -I DIR/include/handrail
#   DIR/lib/libhandrail-embed-<engine>.a              link it before that engine's V8 and libuv
#
# And the off-stack guard, where it can be built; one library for every V8 that it works with:
#
#   cmake --install build/guard --component guard --prefix DIR
#
#   DIR/include/handrail/harness/guard/off_stack_*.h, DIR/lib/libhandrail_guard.a,
#   DIR/lib/cmake/handrail-guard        find_package(handrail-guard), target handrail::guard
include_guard(GLOBAL)

function(handrail_install_embed)
  set(headers "${CMAKE_SOURCE_DIR}/harness")
  set(folder "include/handrail/harness")
  foreach(part embed engine)
    install(DIRECTORY "${headers}/${part}" DESTINATION "${folder}" COMPONENT embed
      FILES_MATCHING PATTERN "*.h" PATTERN "*_test*.h" EXCLUDE
      PATTERN "example" EXCLUDE)
  endforeach()
  foreach(id IN LISTS HANDRAIL_ENGINES)
    if(NOT TARGET handrail_v8_${id})
      continue()
    endif()
    # Of the same objects that the workers are made of.
    add_library(handrail-embed-${id} STATIC
      "$<FILTER:$<TARGET_OBJECTS:handrail_v8_${id}>,INCLUDE,/harness/(embed|engine)/>")
    set_target_properties(handrail-embed-${id} PROPERTIES LINKER_LANGUAGE CXX)
    install(TARGETS handrail-embed-${id} ARCHIVE DESTINATION lib COMPONENT embed)
  endforeach()
endfunction()

# The example of harness/embed/example, built by hand against an installed library, as its reader
# would: it proves that what is installed is whole.
function(handrail_test_installed_embed id)
  if(NOT BUILD_TESTING OR HANDRAIL_SANITIZE OR NOT TARGET handrail-embed-${id})
    return()
  endif()
  handrail_engine(library ${id} PATH)
  get_target_property(include handrail_engine_${id} INTERFACE_INCLUDE_DIRECTORIES)
  add_test(NAME install/embed COMMAND "${CMAKE_COMMAND}"
    -D "BUILD=${CMAKE_BINARY_DIR}" -D "CXX=${CMAKE_CXX_COMPILER}" -D "ENGINE=${id}"
    -D "V8_INCLUDE=${include}" -D "V8_LIBRARY=${library}"
    -D "EXAMPLE=${CMAKE_SOURCE_DIR}/harness/embed/example/main.cc"
    -P "${CMAKE_SOURCE_DIR}/scripts/cmake/CheckInstalledEmbed.cmake")
  set_tests_properties(install/embed PROPERTIES TIMEOUT 120)
endfunction()

function(handrail_install_guard)
  if(NOT TARGET handrail_guard)
    return()
  endif()
  foreach(header off_stack_guard.h off_stack_report.h)
    install(FILES "${CMAKE_SOURCE_DIR}/harness/guard/${header}"
      DESTINATION include/handrail/harness/guard COMPONENT guard)
  endforeach()
  install(TARGETS handrail_guard EXPORT handrail-guard-targets
    ARCHIVE DESTINATION lib COMPONENT guard)
  install(EXPORT handrail-guard-targets NAMESPACE handrail::
    DESTINATION lib/cmake/handrail-guard COMPONENT guard)
  install(FILES "${CMAKE_SOURCE_DIR}/scripts/cmake/handrail-guard-config.cmake"
    DESTINATION lib/cmake/handrail-guard COMPONENT guard)
endfunction()

# The same for harness/guard/example, in every Node that the guard works with.
function(handrail_test_installed_guard)
  if(NOT BUILD_TESTING OR NOT HANDRAIL_GUARD)
    return()
  endif()
  find_program(gxx g++ NO_CACHE)
  set(old "")
  if(TARGET handrail_engine_libnode)
    handrail_engine(version libnode V8_VERSION)
    if(version VERSION_LESS 12.4)
      get_target_property(old handrail_engine_libnode INTERFACE_INCLUDE_DIRECTORIES)
    endif()
  endif()
  foreach(id IN LISTS HANDRAIL_ENGINES)
    handrail_engine(node ${id} PATH)
    get_target_property(include handrail_engine_${id} INTERFACE_INCLUDE_DIRECTORIES)
    add_test(NAME install/guard-${id} COMMAND "${CMAKE_COMMAND}"
      -D "BUILD=${CMAKE_BINARY_DIR}" -D "PREFIX=${CMAKE_BINARY_DIR}/install-guard/${id}"
      -D "CXX=${CMAKE_CXX_COMPILER}" -D "GXX=$<$<BOOL:${gxx}>:${gxx}>"
      -D "NODE=${node}" -D "NODE_INCLUDE=${include}" -D "OLD_INCLUDE=${old}"
      -D "EXAMPLE=${CMAKE_SOURCE_DIR}/harness/guard/example"
      -P "${CMAKE_SOURCE_DIR}/scripts/cmake/CheckInstalledGuard.cmake")
    set_tests_properties(install/guard-${id} PROPERTIES TIMEOUT 120)
  endforeach()
endfunction()
