"""What a job is until it is enqueued."""

from waypost.kernel.jobs import NewJob


def test_a_job_without_more_is_done_at_once_and_for_the_first_time() -> None:
    job = NewJob("note")
    assert (job.payload, job.key, job.at, job.attempt) == ({}, None, None, 1)
