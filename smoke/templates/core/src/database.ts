import { AuthTables1790000000000 } from './users/1790000000000-auth-tables.js';
import { Role } from './users/role.entity.js';
import { Session } from './users/session.entity.js';
import { User } from './users/user.entity.js';

/** The application's own tables are all that there is, besides the audit trail. */
export const core = true;
export const entities = [User, Role, Session];
export const migrations = [AuthTables1790000000000];
