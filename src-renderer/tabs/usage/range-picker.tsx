import { Field, Input, makeStyles, Select } from '@fluentui/react-components';
import { rangeLabels, rangeNames, type RangeName } from './usage-range.ts';

const useStyles = makeStyles({
  root: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-start', gap: '8px 12px' },
});

export interface ChosenRange {
  name: RangeName;
  /** Local days, both included, for `custom`. */
  firstDay: string;
  lastDay: string;
}

interface RangePickerProps {
  range: ChosenRange;
  /** Why the chosen days are no range. */
  problem: string | null;
  onChange: (range: ChosenRange) => void;
}

export function RangePicker({ range, problem, onChange }: RangePickerProps) {
  const styles = useStyles();
  return (
    <div className={styles.root}>
      <Select
        aria-label="Time range"
        value={range.name}
        onChange={(_event, { value }) =>
          onChange({ ...range, name: rangeNames.find((name) => name === value) ?? '24 h' })
        }
      >
        {rangeNames.map((name) => (
          <option key={name} value={name}>
            {rangeLabels[name]}
          </option>
        ))}
      </Select>
      {range.name === 'custom' && (
        <>
          <Input
            type="date"
            aria-label="First day"
            value={range.firstDay}
            onChange={(_event, { value }) => onChange({ ...range, firstDay: value })}
          />
          <Field validationMessage={problem} validationState={problem === null ? 'none' : 'error'}>
            <Input
              type="date"
              aria-label="Last day"
              value={range.lastDay}
              onChange={(_event, { value }) => onChange({ ...range, lastDay: value })}
            />
          </Field>
        </>
      )}
    </div>
  );
}
