import { forgeryScenarios } from './forgeries.ts';
import { identityScenarios } from './identity.ts';
import { lifeScenarios } from './life.ts';
import { refusalScenarios } from './refusals.ts';
import type { Scenario } from './scenario.ts';
import { takeoverScenarios } from './takeover.ts';
import { timeScenarios } from './time.ts';

export const scenarios: readonly Scenario[] = [
  ...lifeScenarios,
  ...identityScenarios,
  ...forgeryScenarios,
  ...refusalScenarios,
  ...takeoverScenarios,
  ...timeScenarios,
];
