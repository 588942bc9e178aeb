# Puts the objects of the static library ADD into ARCHIVE.
cmake_minimum_required(VERSION 3.25)

set(script "${ARCHIVE}.mri")
file(WRITE "${script}"
  "CREATE ${ARCHIVE}.merged\nADDLIB ${ARCHIVE}\nADDLIB ${ADD}\nSAVE\nEND\n")
execute_process(COMMAND "${AR}" -M INPUT_FILE "${script}" COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${ARCHIVE}.merged" "${ARCHIVE}")
file(REMOVE "${script}")
