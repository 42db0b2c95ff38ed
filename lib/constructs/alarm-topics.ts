import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { Severity } from '../alarms.ts';

export interface AlarmTopicsProps {
  readonly key: kms.Key;
  /** Who is told of both; nobody when left out. */
  readonly email?: string;
}

/** Where alarms go: one topic a severity, so that each can wake whom it should. */
export class AlarmTopics extends Construct {
  readonly topics: Readonly<Record<Severity, sns.Topic>>;

  constructor(scope: Construct, id: string, { key, email }: AlarmTopicsProps) {
    super(scope, id);
    // Whoever publishes into an encrypted topic needs its key (AWS, "SNS server-side encryption").
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: ['cloudwatch', 'events'].map((name) => new iam.ServicePrincipal(`${name}.amazonaws.com`)),
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
      }),
    );
    const create = (name: string, displayName: string) => {
      const topic = new sns.Topic(this, name, { displayName, masterKey: key, enforceSSL: true });
      if (email !== undefined) topic.addSubscription(new EmailSubscription(email));
      return topic;
    };
    this.topics = {
      page: create('Page', 'Ballotstream: act now'),
      ticket: create('Ticket', 'Ballotstream: act today'),
    };
    for (const topic of Object.values(this.topics)) this.letAlarmsPublish(topic);
  }

  /** Needed as soon as a topic has a policy of its own, which `enforceSSL` gives it. */
  private letAlarmsPublish(topic: sns.Topic): void {
    topic.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': topic.stack.account } },
      }),
    );
  }
}
