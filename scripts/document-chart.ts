/** Writes the table of values into the README of the chart, from the comments of `values.yaml`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chartValuesTable, readChartValues } from './chart-values.ts';

const chart = join(import.meta.dirname, '..', 'manifests', 'chart');
const readme = join(chart, 'README.md');

const table = chartValuesTable(readChartValues(readFileSync(join(chart, 'values.yaml'), 'utf8')));
const [before, rest] = readFileSync(readme, 'utf8').split('<!-- values:begin -->\n');
const after = rest?.split('<!-- values:end -->')[1];
if (after === undefined) throw new Error(`${readme} lacks the marks between which the table stands`);
writeFileSync(readme, `${before}<!-- values:begin -->\n${table}\n<!-- values:end -->${after}`);
