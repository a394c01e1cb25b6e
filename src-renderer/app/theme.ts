import {
  teamsHighContrastTheme,
  webDarkTheme,
  webLightTheme,
  type Theme,
} from '@fluentui/react-components';
import type { DesktopStatus } from '../../src-shared/model/ui-snapshot.ts';

/** Fluent's theme for what the system and the admin chose. */
export function themeFor(effectiveTheme: DesktopStatus['effectiveTheme']): Theme {
  switch (effectiveTheme) {
    case 'light':
      return webLightTheme;
    case 'dark':
      return webDarkTheme;
    case 'highContrast':
      return teamsHighContrastTheme;
  }
}
