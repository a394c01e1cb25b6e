// Prints who may use a pipe, as security descriptors are written (SDDL): pipe-access.exe NAME
#include <aclapi.h>
#include <sddl.h>
#include <stdio.h>
#include <windows.h>

int wmain(int count, wchar_t **arguments) {
  PSECURITY_DESCRIPTOR descriptor;
  wchar_t *text;
  if (count != 2) return 2;
  HANDLE pipe = CreateFileW(arguments[1], READ_CONTROL, 0, NULL, OPEN_EXISTING, 0, NULL);
  if (pipe == INVALID_HANDLE_VALUE) return 1;
  SECURITY_INFORMATION what = DACL_SECURITY_INFORMATION;
  if (GetSecurityInfo(pipe, SE_KERNEL_OBJECT, what, NULL, NULL, NULL, NULL, &descriptor) != 0 ||
      !ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, SDDL_REVISION_1, what, &text,
                                                            NULL)) {
    return 1;
  }
  printf("%ls\n", text);
  return 0;
}
