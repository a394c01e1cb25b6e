// Makes a pipe with a security descriptor (SDDL), and a file when it is there; waits for a client, and prints
// what that sent before it went: make-pipe.exe NAME SDDL FILE
#include <windows.h>
#include <sddl.h>
#include <stdio.h>

int wmain(int count, wchar_t **arguments) {
  SECURITY_ATTRIBUTES security = {.nLength = sizeof security};
  if (count != 4 || !ConvertStringSecurityDescriptorToSecurityDescriptorW(
                        arguments[2], SDDL_REVISION_1, &security.lpSecurityDescriptor, NULL)) {
    return 2;
  }
  HANDLE pipe = CreateNamedPipeW(arguments[1], PIPE_ACCESS_DUPLEX, 0, 1, 64, 64, 0, &security);
  if (pipe == INVALID_HANDLE_VALUE) return 1;
  HANDLE made = CreateFileW(arguments[3], GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                            FILE_FLAG_DELETE_ON_CLOSE, NULL);
  if (made == INVALID_HANDLE_VALUE) return 1;
  if (!ConnectNamedPipe(pipe, NULL) && GetLastError() != ERROR_PIPE_CONNECTED) return 1;
  char bytes[100];
  DWORD length;
  while (ReadFile(pipe, bytes, sizeof bytes, &length, NULL)) {
    fwrite(bytes, 1, length, stdout);
  }
  return 0;
}
