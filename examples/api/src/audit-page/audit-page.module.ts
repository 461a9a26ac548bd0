import { Module } from '@nestjs/common';
import { AuditPageController } from './audit-page.controller.js';
import { PageFiles } from './page-files.js';

@Module({ controllers: [AuditPageController], providers: [PageFiles] })
export class AuditPageModule {}
