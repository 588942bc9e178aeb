# Finds the V8s that trials can run on. Include it once, then call:
#
#   handrail_find_engines()                # sets HANDRAIL_ENGINES, a list of ids; none: an error
#   handrail_engine(<variable> <id> KIND | V8_VERSION | PATH)
#
# Every engine is an INTERFACE target `handrail_engine_<id>`, which carries V8's headers, its
# library, the flags it wants, and HANDRAIL_ENGINE_ID="<id>".
#
#   id          KIND         PATH          found in
#   libnode     executable   the library   build/engines/libnode, else the system's libnode-dev
#   node-NN     node-addon   bin/node      build/engines/npm
#   v8-checked  executable   the library   build/engines/v8-checked; only where workers have ASan,
#                                          which this V8 was built with
#   custom      executable   the library   what the user says:
#
#     -DV8_ROOT=DIR        V8's headers in DIR, its library there or below lib/ or out*/
#     -DV8_LIBRARY=FILE    which library, where DIR has more than one
#     -DV8_DEFINES="A;B"   what that V8 was built with and its headers must know, for instance
#                          V8_COMPRESS_POINTERS or V8_ENABLE_CHECKS. V8::Initialize() aborts where
#                          they do not match. Compiler flags (-fsanitize=address for an ASan build,
#                          -fno-rtti for most static ones) are CMAKE_CXX_FLAGS.
include_guard(GLOBAL)

set(V8_ROOT "" CACHE PATH "A V8 of your own, to be the engine `custom`")
set(V8_LIBRARY "" CACHE FILEPATH "The library of the engine `custom`, if V8_ROOT has several")
set(V8_DEFINES "" CACHE STRING "Definitions that the headers of the engine `custom` need")
set(HANDRAIL_ENGINES_DIR "${CMAKE_CURRENT_LIST_DIR}/../../build/engines"
    CACHE PATH "Where scripts/setup.sh has put the engines")
mark_as_advanced(V8_LIBRARY HANDRAIL_ENGINES_DIR)

function(handrail_find_engines)
  cmake_path(ABSOLUTE_PATH HANDRAIL_ENGINES_DIR NORMALIZE OUTPUT_VARIABLE dir)
  _handrail_find_libnode("${dir}/libnode")
  _handrail_find_node_addons("${dir}/npm/node_modules")
  _handrail_find_checked("${dir}/v8-checked")
  _handrail_find_custom()
  get_property(ids GLOBAL PROPERTY _HANDRAIL_ENGINES)
  if(NOT ids)
    message(FATAL_ERROR
      "No engine: there is neither libnode nor a node-* below ${dir}, and no libnode-dev. "
      "Run scripts/setup.sh, which fetches them, or name a V8 of your own with -DV8_ROOT=DIR.")
  endif()
  foreach(id IN LISTS ids)
    handrail_engine(version ${id} V8_VERSION)
    handrail_engine(path ${id} PATH)
    message(STATUS "Engine ${id}: V8 ${version}, ${path}")
  endforeach()
  set(HANDRAIL_ENGINES ${ids} PARENT_SCOPE)
endfunction()

# For advice only: the engines that are known and not here, and how to have them.
function(handrail_write_engines_to_have)
  set(rows "")
  set(known "")
  if(NOT HANDRAIL_SANITIZE AND CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    file(READ "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../engines/package.json" package)
    string(REGEX MATCHALL "\"node-[0-9]+\"" known "${package}")
    string(REPLACE "\"" "" known "${known}")
  endif()
  list(REMOVE_ITEM known ${HANDRAIL_ENGINES})
  foreach(id IN LISTS known)
    list(APPEND rows "  {\"id\": \"${id}\", \"get\": \"scripts/run.sh --engine ${id}\"}")
  endforeach()
  if(NOT "v8-checked" IN_LIST HANDRAIL_ENGINES)
    set(get "scripts/run.sh --engine v8-checked")
    if(NOT EXISTS "${HANDRAIL_ENGINES_DIR}/v8-checked/include/v8.h")
      string(PREPEND get "scripts/build_v8.sh (20 minutes on 2 cores), then ")
    endif()
    list(APPEND rows "  {\"id\": \"v8-checked\", \"get\": \"${get}\"}")
  endif()
  list(JOIN rows ",\n" rows)
  file(CONFIGURE OUTPUT "${HANDRAIL_BIN_DIR}/engines-to-have.json" CONTENT "[\n${rows}\n]\n")
endfunction()

function(handrail_engine variable id what)
  get_target_property(value handrail_engine_${id} HANDRAIL_${what})
  if(NOT value)
    message(FATAL_ERROR "handrail_engine: an engine has no '${what}'")
  endif()
  set(${variable} "${value}" PARENT_SCOPE)
endfunction()

# Debian's library. Headers in /usr/include/node may belong to some other Node.js: they are taken
# only where their module version is the number in the library's name.
function(_handrail_find_libnode unpacked)
  file(GLOB library "${unpacked}/usr/lib/*/libnode.so")
  set(include "${unpacked}/usr/include/node")
  if(NOT library OR NOT EXISTS "${include}/v8.h")
    unset(library)
    unset(include)
    find_library(library node NO_CACHE)
    find_path(include v8.h PATHS /usr/include/node NO_DEFAULT_PATH NO_CACHE)
  endif()
  if(NOT library OR NOT EXISTS "${include}/node_version.h")
    return()
  endif()
  file(REAL_PATH "${library}" library)
  file(STRINGS "${include}/node_version.h" abi REGEX "define NODE_MODULE_VERSION [0-9]+")
  string(REGEX REPLACE ".* ([0-9]+).*" "\\1" abi "${abi}")
  if(library MATCHES "\\.so\\.${abi}$")
    _handrail_add_engine(libnode executable "${include}" "${library}" "${library}")
    _handrail_as_node_builds(libnode)
  endif()
endfunction()

# An addon links nothing: the node that loads it exports all of V8 and libuv.
function(_handrail_find_node_addons node_modules)
  file(GLOB nodes LIST_DIRECTORIES true "${node_modules}/node-*")
  list(SORT nodes COMPARE NATURAL)
  foreach(node IN LISTS nodes)
    if(EXISTS "${node}/bin/node" AND EXISTS "${node}/include/node/v8.h")
      cmake_path(GET node FILENAME id)
      _handrail_add_engine(${id} node-addon "${node}/include/node" "${node}/bin/node" "")
      _handrail_as_node_builds(${id})
    endif()
  endforeach()
endfunction()

function(_handrail_find_checked root)
  if(HANDRAIL_SANITIZE STREQUAL "address" AND EXISTS "${root}/include/v8.h")
    _handrail_add_v8(v8-checked "${root}" "${root}/lib/libv8.so" V8_ENABLE_CHECKS)
  endif()
endfunction()

function(_handrail_find_custom)
  if(V8_ROOT)
    _handrail_add_v8(custom "${V8_ROOT}" "${V8_LIBRARY}" "${V8_DEFINES}")
  endif()
endfunction()

# A V8 that is no Node.js: a folder with headers and a library, built with `defines`. No `library`: the
# only one that the folder has.
function(_handrail_add_v8 id root library defines)
  find_path(include v8.h PATHS "${root}" PATH_SUFFIXES include include/node
            NO_DEFAULT_PATH NO_CACHE)
  if(NOT include)
    message(FATAL_ERROR
      "The engine ${id} has no V8: no v8.h in include/, include/node/ or the top of ${root}")
  endif()
  if(NOT library)
    _handrail_only_library(library "${root}")
  elseif(NOT EXISTS "${library}")
    message(FATAL_ERROR "The engine ${id} has no library: ${library} does not exist")
  endif()
  set(link "${library}")
  if(library MATCHES "\\.a$")
    list(APPEND link pthread ${CMAKE_DL_LIBS})
  endif()
  cmake_path(GET library PARENT_PATH dir)
  foreach(part libv8_libplatform.so libv8_libbase.so)  # apart in a component build
    if(EXISTS "${dir}/${part}")
      file(REAL_PATH "${dir}/${part}" part)
      list(APPEND link "${part}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES link)
  _handrail_add_engine(${id} executable "${include}" "${library}" "${link}")
  target_compile_definitions(handrail_engine_${id} INTERFACE ${defines})
endfunction()

function(_handrail_only_library variable root)
  set(found "")
  foreach(below "" lib/ lib64/ lib/*/ out*/ out*/*/ out*/obj/ out*/*/obj/)
    file(GLOB here "${root}/${below}libv8.so" "${root}/${below}libv8_monolith.a"
         "${root}/${below}libnode.so")
    foreach(file IN LISTS here)
      file(REAL_PATH "${file}" file)
      list(APPEND found "${file}")
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES found)
  list(LENGTH found count)
  if(count EQUAL 0)
    message(FATAL_ERROR "V8_ROOT has no library: no libv8.so, libv8_monolith.a or libnode.so in "
      "${root}, nor in its lib/, lib64/, lib/*/, out*/, out*/*/, out*/obj/, out*/*/obj/")
  elseif(count GREATER 1)
    list(JOIN found "\n  " lines)
    message(FATAL_ERROR "V8_ROOT has several libraries; choose with -DV8_LIBRARY=FILE:\n  ${lines}")
  endif()
  set(${variable} "${found}" PARENT_SCOPE)
endfunction()

function(_handrail_add_engine id kind include path libraries)
  set(header "${include}/v8-version.h")
  if(NOT EXISTS "${header}")
    message(FATAL_ERROR "The engine ${id} has no v8-version.h beside its v8.h in ${include}")
  endif()
  file(STRINGS "${header}" lines REGEX "define V8_(MAJOR|MINOR|BUILD|PATCH)_[A-Z]+ [0-9]+")
  list(TRANSFORM lines REPLACE ".* ([0-9]+).*" "\\1")
  list(JOIN lines "." version)
  set(target handrail_engine_${id})
  add_library(${target} INTERFACE)
  target_include_directories(${target} SYSTEM INTERFACE "${include}")
  target_compile_definitions(${target} INTERFACE HANDRAIL_ENGINE_ID="${id}")
  target_link_libraries(${target} INTERFACE ${libraries})
  if(libraries MATCHES "\\.so")  # kept also by an installed worker
    cmake_path(GET path PARENT_PATH dir)
    target_link_options(${target} INTERFACE "LINKER:-rpath,${dir}")
  endif()
  set_target_properties(${target} PROPERTIES
    HANDRAIL_KIND ${kind} HANDRAIL_V8_VERSION ${version} HANDRAIL_PATH "${path}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${header}")
  set_property(GLOBAL APPEND PROPERTY _HANDRAIL_ENGINES ${id})
endfunction()

# Node is built without RTTI, so V8's classes have no type information to derive from.
function(_handrail_as_node_builds id)
  target_compile_options(handrail_engine_${id} INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>)
endfunction()
