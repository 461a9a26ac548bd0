import { Logger } from '@nestjs/common';

// What the database does is in the assertions. A suite that looks at the log sets a logger of its own.
Logger.overrideLogger(false);

// It would delete expired rows that suites look for. Its own suite turns it on.
process.env.DATABASE_MAINTENANCE = 'false';
