import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { CrmController } from './crm.controller.js';
import { Lead } from './lead.entity.js';

/** A data source that the application had before, under a name of its own. */
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      name: 'crm',
      useFactory: () => ({
        name: 'crm',
        type: 'postgres',
        url: process.env.CRM_DATABASE_URL,
        entities: [Lead],
        poolSize: 1,
      }),
    }),
    TypeOrmModule.forFeature([Lead], 'crm'),
  ],
  controllers: [CrmController],
})
export class CrmModule {}
