#include "pipe-maker.h"
#include <aclapi.h>
#include <sddl.h>
#include <stdbool.h>
#include <stdio.h>
#include <windows.h>

#define FREE_PIPE_WITHIN_MS 2000
#define ACCOUNT_CHARS_MAX 600

/** Whether it is what `about` says of the token of this process: a structure that begins with a SID. */
static bool isOfToken(PSID sid, TOKEN_INFORMATION_CLASS about) {
  BYTE bytes[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
  DWORD length;
  HANDLE token;
  if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return false;
  bool known = GetTokenInformation(token, about, bytes, sizeof bytes, &length);
  CloseHandle(token);
  return known && EqualSid(sid, *(PSID *)bytes);
}

/** Whether this process could have made it: its account, or in whose name it makes things. */
static bool isOwn(PSID sid) {
  return isOfToken(sid, TokenUser) || isOfToken(sid, TokenOwner);
}

static bool isAccount(PSID sid, const wchar_t *account) {
  BYTE bytes[SECURITY_MAX_SID_SIZE];
  wchar_t domain[256];
  DWORD length = sizeof bytes, domainChars = 256;
  SID_NAME_USE use;
  // An account of this machine is looked up by its name alone.
  if (wcsncmp(account, L".\\", 2) == 0) account += 2;
  return LookupAccountNameW(NULL, account, bytes, &length, domain, &domainChars, &use) &&
         EqualSid(sid, bytes);
}

/** The account that the service is set up to run as; by the name of its own where that cannot be read. */
static bool isServices(PSID sid) {
  BYTE bytes[8192];
  QUERY_SERVICE_CONFIGW *config = (QUERY_SERVICE_CONFIGW *)bytes;
  DWORD needed;
  SC_HANDLE manager = OpenSCManagerW(NULL, NULL, SC_MANAGER_CONNECT);
  SC_HANDLE service =
      manager == NULL ? NULL : OpenServiceW(manager, L"Understudy", SERVICE_QUERY_CONFIG);
  bool known = service != NULL && QueryServiceConfigW(service, config, sizeof bytes, &needed) &&
               config->lpServiceStartName != NULL;
  bool same = isAccount(sid, known ? config->lpServiceStartName : L"NT SERVICE\\Understudy");
  if (service != NULL) CloseServiceHandle(service);
  if (manager != NULL) CloseServiceHandle(manager);
  return same;
}

static bool isTrusted(PSID sid) {
  return IsWellKnownSid(sid, WinLocalSystemSid) || IsWellKnownSid(sid, WinBuiltinAdministratorsSid) ||
         isOwn(sid) || isServices(sid);
}

/** As `DOMAIN\name`, or as a SID where it has no name. */
static void printStranger(PSID sid) {
  wchar_t name[256], domain[256], account[ACCOUNT_CHARS_MAX], *text;
  char utf8[3 * ACCOUNT_CHARS_MAX];
  DWORD nameChars = 256, domainChars = 256;
  SID_NAME_USE use;
  if (LookupAccountSidW(NULL, sid, name, &nameChars, domain, &domainChars, &use)) {
    swprintf(account, ACCOUNT_CHARS_MAX, domain[0] == L'\0' ? L"%ls%ls" : L"%ls\\%ls", domain, name);
  } else if (ConvertSidToStringSidW(sid, &text)) {
    swprintf(account, ACCOUNT_CHARS_MAX, L"%ls", text);
    LocalFree(text);
  } else {
    wcscpy(account, L"?");
  }
  WideCharToMultiByte(CP_UTF8, 0, account, -1, utf8, sizeof utf8, NULL, NULL);
  printf("stranger %s\n", utf8);
}

/** To read alone, and so that whoever has made it learns the name of this account and cannot act as it. */
static HANDLE openPipe(const wchar_t *name) {
  DWORD flags = FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
  HANDLE pipe = CreateFileW(name, GENERIC_READ, 0, NULL, OPEN_EXISTING, flags, NULL);
  bool busy = pipe == INVALID_HANDLE_VALUE && GetLastError() == ERROR_PIPE_BUSY;
  if (!busy || !WaitNamedPipeW(name, FREE_PIPE_WITHIN_MS)) return pipe;
  return CreateFileW(name, GENERIC_READ, 0, NULL, OPEN_EXISTING, flags, NULL);
}

static DWORD WINAPI readToTheEnd(void *input) {
  char bytes[64];
  DWORD length;
  while (ReadFile(input, bytes, sizeof bytes, &length, NULL) && length > 0) continue;
  return 0;
}

/** Until the program that asked has connected, or the server has ended, whose place is free then. */
static void holdPipe(HANDLE pipe) {
  char bytes[256];
  OVERLAPPED reading = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
  HANDLE input = CreateThread(NULL, 0, readToTheEnd, GetStdHandle(STD_INPUT_HANDLE), 0, NULL);
  for (;;) {
    ResetEvent(reading.hEvent);
    if (!ReadFile(pipe, bytes, sizeof bytes, NULL, &reading) && GetLastError() != ERROR_IO_PENDING) {
      return;
    }
    HANDLE any[] = {input, reading.hEvent};
    if (WaitForMultipleObjects(2, any, FALSE, INFINITE) == WAIT_OBJECT_0) return;
    DWORD length;
    if (!GetOverlappedResult(pipe, &reading, &length, FALSE)) return;
  }
}

static void printFailure(DWORD error) {
  switch (error) {
    case ERROR_FILE_NOT_FOUND:
      puts("none");
      break;
    case ERROR_ACCESS_DENIED:
      puts("denied");
      break;
    default:
      printf("error %lu\n", error);
  }
}

int tellPipeMaker(const wchar_t *pipeName) {
  PSECURITY_DESCRIPTOR descriptor;
  PSID owner;
  HANDLE pipe = openPipe(pipeName);
  DWORD error = pipe == INVALID_HANDLE_VALUE
                    ? GetLastError()
                    : GetSecurityInfo(pipe, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner,
                                      NULL, NULL, NULL, &descriptor);
  if (error != ERROR_SUCCESS) {
    printFailure(error);
  } else if (!isTrusted(owner)) {
    printStranger(owner);
  } else {
    puts("ours");
    fflush(stdout);
    holdPipe(pipe);
  }
  return 0;
}
