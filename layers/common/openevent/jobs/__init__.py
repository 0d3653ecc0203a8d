"""Jobs: work that a queue's worker does after a call, and its record in DynamoDB.

record     one job: its state, its lease, its mail. Each feature adds its own facts
table      reads, and conditional changes of which an answer can be lost
store      who may change a job, and when
work       one message's work: claim, finish, give back, mail
give_up    the end of jobs that cannot be done
notifier   the mail about a job's end: one for each job
sweep      jobs without a message, and mails that were not sent
"""
