import type { ComponentType } from 'react';
import { type Tab, tabSchema } from '../../src-shared/model/attention.ts';
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

const faces: Record<Tab, Omit<TabEntry, 'tab'>> = {
  overview: { label: 'Overview', icon: HomeRegular, iconSelected: HomeFilled },
  licences: { label: 'Licences', icon: CertificateRegular, iconSelected: CertificateFilled },
  servers: { label: 'Servers', icon: ServerMultipleRegular, iconSelected: ServerMultipleFilled },
  failover: {
    label: 'Failover',
    icon: ShieldCheckmarkRegular,
    iconSelected: ShieldCheckmarkFilled,
  },
  leases: { label: 'Leases', icon: PeopleRegular, iconSelected: PeopleFilled },
  usage: { label: 'Usage', icon: DataTrendingRegular, iconSelected: DataTrendingFilled },
  timeline: { label: 'Timeline', icon: HistoryRegular, iconSelected: HistoryFilled },
  settings: { label: 'Settings', icon: SettingsRegular, iconSelected: SettingsFilled },
};

/** The tabs in the order of the shortcuts Ctrl+1, Ctrl+2, … */
export const tabEntries: readonly TabEntry[] = tabSchema.options.map((tab) => ({
  tab,
  ...faces[tab],
}));
