import { Checkbox } from '@fluentui/react-components';
import type { GridColumn } from './grid-column.ts';
import type { GridSelection } from './grid-selection.ts';

/** A box in each row that chooses it, and one in the heading that chooses all. */
export function selectColumn<Row, Sort extends string>(
  selection: GridSelection<Row>,
): GridColumn<Row, Sort> {
  return {
    id: 'chosen',
    label: 'Chosen',
    widthMin: 24,
    share: 0,
    heading: (
      <Checkbox
        aria-label="Choose all"
        indicator={{ style: { margin: '4px' } }}
        checked={selection.state === 'all' ? true : selection.state === 'some' ? 'mixed' : false}
        onChange={selection.chooseAll}
      />
    ),
    render: (row) => (
      <Checkbox
        aria-label={`Choose ${selection.nameOf(row)}`}
        indicator={{ style: { margin: '4px' } }}
        tabIndex={-1}
        checked={selection.isChosen(row)}
        onClick={(event) => event.stopPropagation()}
        onChange={() => selection.toggle(row)}
      />
    ),
  };
}
