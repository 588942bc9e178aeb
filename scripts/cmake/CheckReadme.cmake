# Runs each sample of the README and compares it with what is printed there (cmake -P). A sample is a
# ```console block whose first line is "$ command" with a command that begins with build/bin/.
# Times, and what else differs from run to run, are not compared.
#
#   -D README=... -D BIN=folder of the binaries -D RECORD=where a run's record goes
function(without_times variable text)
  string(REGEX REPLACE "[0-9.]+ (ms|s)\n" "N s\n" text "${text}")
  # Whether a stale handle also ends the process is up to where the program lies in memory.
  string(REGEX REPLACE "by detector:[^\n]*" "by detector:" text "${text}")
  string(REGEX REPLACE "slow-down[^\n]*" "slow-down" text "${text}")
  string(REGEX REPLACE "after [0-9.]+ ms" "after N ms" text "${text}")
  string(REGEX REPLACE "record: [^\n]*" "record: run.json" text "${text}")
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

file(READ "${README}" rest)
string(REPLACE ";" "<semicolon>" rest "${rest}")
string(REPLACE "[" "<open>" rest "${rest}")
string(REPLACE "]" "<close>" rest "${rest}")
set(checked 0)
while(rest MATCHES "```console\n\\$ build/bin/([^\n]*)\n")
  set(command "${CMAKE_MATCH_1}")
  string(FIND "${rest}" "```console\n$ build/bin/${command}\n" start)
  string(LENGTH "```console\n$ build/bin/${command}\n" length)
  math(EXPR start "${start} + ${length}")
  string(SUBSTRING "${rest}" ${start} -1 rest)
  string(FIND "${rest}" "```" end)
  string(SUBSTRING "${rest}" 0 ${end} expected)
  math(EXPR end "${end} + 3")
  string(SUBSTRING "${rest}" ${end} -1 rest)

  separate_arguments(words UNIX_COMMAND "${command}")
  list(POP_FRONT words program)
  if(command MATCHES "^handrail run")  # the user's own record stays as it is
    list(APPEND words --report "json=${RECORD}")
  endif()
  execute_process(COMMAND "${CMAKE_COMMAND}" -E env NO_COLOR=1 "${BIN}/${program}" ${words}
    OUTPUT_VARIABLE actual ERROR_QUIET RESULT_VARIABLE status)
  string(REPLACE ";" "<semicolon>" actual "${actual}")
  string(REPLACE "[" "<open>" actual "${actual}")
  string(REPLACE "]" "<close>" actual "${actual}")
  without_times(actual "${actual}")
  without_times(expected "${expected}")
  if(NOT actual STREQUAL expected)
    message(FATAL_ERROR "README sample 'build/bin/${command}' is out of date (status ${status}).\n"
      "--- README\n${expected}--- printed now\n${actual}")
  endif()
  math(EXPR checked "${checked} + 1")
endwhile()
if(checked EQUAL 0)
  message(FATAL_ERROR "${README} holds no sample to check")
endif()
message("${checked} samples of the README are what handrail prints")
