// bin\understudy.exe: the command line of an installation on Windows, the host of its service,
// and what the program asks about pipes, of which Node knows nothing.
#include "console-front.h"
#include "pipe-maker.h"
#include "service-host.h"
#include "service-stop.h"
#include <stdbool.h>
#include <wchar.h>

int wmain(int count, wchar_t **arguments) {
  bool isService = count > 1 && wcscmp(arguments[1], L"service") == 0;
  if (isService && count == 2) return runAsService();
  if (isService && count == 3 && wcscmp(arguments[2], L"stop") == 0) return stopService();
  if (count == 3 && wcscmp(arguments[1], L"pipe-maker") == 0) return tellPipeMaker(arguments[2]);
  return runOnConsole();
}
