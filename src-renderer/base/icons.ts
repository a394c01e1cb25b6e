// Every icon of the window, each from its own file, so that no other one is in the bundle.
export type { FluentIcon } from '@fluentui/react-icons';
export { AddRegular } from '@fluentui/react-icons/svg/add';
export { ArrowDownRegular } from '@fluentui/react-icons/svg/arrow-down';
export { ArrowDownloadRegular } from '@fluentui/react-icons/svg/arrow-download';
export { ArrowReplyRegular } from '@fluentui/react-icons/svg/arrow-reply';
export { ArrowSortDownRegular } from '@fluentui/react-icons/svg/arrow-sort-down';
export { ArrowSortUpRegular } from '@fluentui/react-icons/svg/arrow-sort-up';
export { ArrowSwapRegular } from '@fluentui/react-icons/svg/arrow-swap';
export { ArrowUpRegular } from '@fluentui/react-icons/svg/arrow-up';
export { ArrowSyncRegular } from '@fluentui/react-icons/svg/arrow-sync';
export { ArrowUndoRegular } from '@fluentui/react-icons/svg/arrow-undo';
export { BeakerRegular } from '@fluentui/react-icons/svg/beaker';
export { CertificateFilled, CertificateRegular } from '@fluentui/react-icons/svg/certificate';
export { CheckmarkRegular } from '@fluentui/react-icons/svg/checkmark';
export { CheckmarkCircleFilled } from '@fluentui/react-icons/svg/checkmark-circle';
export { ChevronDownRegular } from '@fluentui/react-icons/svg/chevron-down';
export { ChevronRightRegular } from '@fluentui/react-icons/svg/chevron-right';
export { ClockRegular } from '@fluentui/react-icons/svg/clock';
export { CopyRegular } from '@fluentui/react-icons/svg/copy';
export { DataTrendingFilled, DataTrendingRegular } from '@fluentui/react-icons/svg/data-trending';
export { DatabaseRegular } from '@fluentui/react-icons/svg/database';
export { DeleteRegular } from '@fluentui/react-icons/svg/delete';
export { DismissRegular } from '@fluentui/react-icons/svg/dismiss';
export { DismissCircleFilled } from '@fluentui/react-icons/svg/dismiss-circle';
export { ErrorCircleFilled } from '@fluentui/react-icons/svg/error-circle';
export { DocumentAddRegular } from '@fluentui/react-icons/svg/document-add';
export { EyeRegular } from '@fluentui/react-icons/svg/eye';
export { FolderOpenRegular } from '@fluentui/react-icons/svg/folder-open';
export { HistoryFilled, HistoryRegular } from '@fluentui/react-icons/svg/history';
export { HomeFilled, HomeRegular } from '@fluentui/react-icons/svg/home';
export { ImageRegular } from '@fluentui/react-icons/svg/image';
export { InfoFilled } from '@fluentui/react-icons/svg/info';
export { KeyRegular } from '@fluentui/react-icons/svg/key';
export { LinkAddRegular } from '@fluentui/react-icons/svg/link-add';
export { MoreHorizontalRegular } from '@fluentui/react-icons/svg/more-horizontal';
export { PeopleFilled, PeopleRegular } from '@fluentui/react-icons/svg/people';
export { PlugConnectedRegular } from '@fluentui/react-icons/svg/plug-connected';
export { PlugDisconnectedRegular } from '@fluentui/react-icons/svg/plug-disconnected';
export { PowerRegular } from '@fluentui/react-icons/svg/power';
export { RadioButtonFilled } from '@fluentui/react-icons/svg/radio-button';
export { SearchRegular } from '@fluentui/react-icons/svg/search';
export {
  ServerMultipleFilled,
  ServerMultipleRegular,
} from '@fluentui/react-icons/svg/server-multiple';
export { SettingsFilled, SettingsRegular } from '@fluentui/react-icons/svg/settings';
export { ShieldRegular } from '@fluentui/react-icons/svg/shield';
export {
  ShieldCheckmarkFilled,
  ShieldCheckmarkRegular,
} from '@fluentui/react-icons/svg/shield-checkmark';
export { ShieldErrorRegular } from '@fluentui/react-icons/svg/shield-error';
export { SubtractCircleRegular } from '@fluentui/react-icons/svg/subtract-circle';
export { VoteRegular } from '@fluentui/react-icons/svg/vote';
export { WarningFilled } from '@fluentui/react-icons/svg/warning';
