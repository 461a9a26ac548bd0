import { Logger } from '@nestjs/common';

// What the database does is in the assertions. A suite that looks at the log sets a logger of its own.
Logger.overrideLogger(false);
