import type { Row } from '../row.js';
import { bulkRow } from './bulk.js';
import { growthRow } from './growth.js';
import { importRow } from './import.js';
import { nearbyRow } from './nearby.js';
import { relationsRow } from './relations.js';
import { restoreRow } from './restore.js';
import { searchRow } from './search.js';
import { startRow } from './start.js';
import { transactionRow } from './transaction.js';
import { uploadRow } from './upload.js';

export const rows: readonly Row[] = [
  transactionRow,
  bulkRow,
  importRow,
  searchRow,
  nearbyRow,
  growthRow,
  relationsRow,
  startRow,
  restoreRow,
  uploadRow,
];
