import type { ComponentType } from 'react';
import type { Tab } from '../../src-shared/model/attention.ts';
import {
  CertificateFilled,
  CertificateRegular,
  DataTrendingFilled,
  DataTrendingRegular,
  HistoryFilled,
  HistoryRegular,
  HomeFilled,
  HomeRegular,
  PeopleFilled,
  PeopleRegular,
  ServerMultipleFilled,
  ServerMultipleRegular,
  SettingsFilled,
  SettingsRegular,
  ShieldCheckmarkFilled,
  ShieldCheckmarkRegular,
} from '../base/icons.ts';

export interface TabEntry {
  tab: Tab;
  label: string;
  icon: ComponentType;
  iconSelected: ComponentType;
}

/** The tabs in the order of the shortcuts Ctrl+1, Ctrl+2, … */
export const tabEntries: readonly TabEntry[] = [
  { tab: 'overview', label: 'Overview', icon: HomeRegular, iconSelected: HomeFilled },
  {
    tab: 'licences',
    label: 'Licences',
    icon: CertificateRegular,
    iconSelected: CertificateFilled,
  },
  {
    tab: 'servers',
    label: 'Servers',
    icon: ServerMultipleRegular,
    iconSelected: ServerMultipleFilled,
  },
  {
    tab: 'failover',
    label: 'Failover',
    icon: ShieldCheckmarkRegular,
    iconSelected: ShieldCheckmarkFilled,
  },
  { tab: 'leases', label: 'Leases', icon: PeopleRegular, iconSelected: PeopleFilled },
  { tab: 'usage', label: 'Usage', icon: DataTrendingRegular, iconSelected: DataTrendingFilled },
  { tab: 'timeline', label: 'Timeline', icon: HistoryRegular, iconSelected: HistoryFilled },
  { tab: 'settings', label: 'Settings', icon: SettingsRegular, iconSelected: SettingsFilled },
];
