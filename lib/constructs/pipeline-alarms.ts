import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { type NumberAlarm, numberAlarms, runbookAnchor, type Severity } from '../alarms.ts';

export interface PipelineAlarmsProps {
  /** In front of every alarm's name: the stage. */
  readonly prefix: string;
  readonly numbers: Readonly<Record<NumberAlarm, cloudwatch.IMetric | null>>;
  readonly topics: Readonly<Record<Severity, sns.ITopic>>;
}

/** The alarms of `numberAlarms`, as far as the stage has what they watch. */
export class PipelineAlarms extends Construct {
  readonly all: ReadonlyMap<NumberAlarm, cloudwatch.Alarm>;

  constructor(scope: Construct, id: string, { prefix, numbers, topics }: PipelineAlarmsProps) {
    super(scope, id);
    const all = new Map<NumberAlarm, cloudwatch.Alarm>();
    for (const [name, metric] of Object.entries(numbers) as [NumberAlarm, cloudwatch.IMetric | null][]) {
      if (metric === null) continue;
      const { severity, says, above, minutes, ofMinutes, silence } = numberAlarms[name];
      const alarm = new cloudwatch.Alarm(this, name, {
        alarmName: `${prefix}-${name}`,
        alarmDescription: `[${severity}] ${says} What to do: ${runbookAnchor(name)}`,
        metric,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
        threshold: above,
        datapointsToAlarm: minutes,
        evaluationPeriods: ofMinutes,
        treatMissingData:
          silence === 'bad'
            ? cloudwatch.TreatMissingData.BREACHING
            : cloudwatch.TreatMissingData.NOT_BREACHING,
      });
      const action = new SnsAction(topics[severity]);
      alarm.addAlarmAction(action);
      // Whoever was woken is told when it is over.
      alarm.addOkAction(action);
      all.set(name, alarm);
    }
    this.all = all;
  }

  /** @throws Error if the stage has no such alarm */
  get(name: NumberAlarm): cloudwatch.Alarm {
    const alarm = this.all.get(name);
    if (alarm === undefined) throw new Error(`this stage has no alarm "${name}"`);
    return alarm;
  }
}
