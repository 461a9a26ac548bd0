import { Controller, Get } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Lead } from './lead.entity.js';

@Controller('leads')
export class CrmController {
  constructor(@InjectRepository(Lead, 'crm') private readonly leads: Repository<Lead>) {}

  @Get()
  driver(): string {
    return this.leads.manager.dataSource.options.type;
  }
}
