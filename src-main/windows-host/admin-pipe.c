#include "admin-pipe.h"
#include <aclapi.h>
#include <sddl.h>
#include <stdio.h>
#include <windows.h>

/** To read, write and wait, without FILE_CREATE_PIPE_INSTANCE. */
#define USE_PIPE L"0x12019b"
#define ACCESS_CHARS_MAX 300

/** The entry of the group in a list of who may what; empty where there is no such group. */
static void describeGroup(wchar_t *entry) {
  BYTE sid[SECURITY_MAX_SID_SIZE];
  wchar_t domain[256], *text;
  DWORD sidBytes = sizeof sid, domainChars = 256;
  SID_NAME_USE use;
  entry[0] = L'\0';
  if (!LookupAccountNameW(NULL, ADMINS_GROUP, sid, &sidBytes, domain, &domainChars, &use)) return;
  if (!ConvertSidToStringSidW(sid, &text)) return;
  swprintf(entry, ACCESS_CHARS_MAX, L"(A;;" USE_PIPE L";;;%ls)", text);
  LocalFree(text);
}

bool admitAdmins(const wchar_t *pipeName) {
  wchar_t group[ACCESS_CHARS_MAX], access[2 * ACCESS_CHARS_MAX];
  PSECURITY_DESCRIPTOR descriptor;
  BOOL present, byDefault;
  PACL list;
  describeGroup(group);
  swprintf(access, 2 * ACCESS_CHARS_MAX, L"D:P(A;;FA;;;SY)(A;;FA;;;BA)(A;;FA;;;OW)%ls", group);
  if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(access, SDDL_REVISION_1, &descriptor,
                                                            NULL)) {
    return false;
  }
  HANDLE pipe = CreateFileW(pipeName, READ_CONTROL | WRITE_DAC, 0, NULL, OPEN_EXISTING, 0, NULL);
  bool admitted =
      pipe != INVALID_HANDLE_VALUE &&
      GetSecurityDescriptorDacl(descriptor, &present, &list, &byDefault) &&
      SetSecurityInfo(pipe, SE_KERNEL_OBJECT,
                      DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, NULL, NULL,
                      list, NULL) == ERROR_SUCCESS;
  if (pipe != INVALID_HANDLE_VALUE) CloseHandle(pipe);
  LocalFree(descriptor);
  return admitted;
}
