//! Batches that come while another is appended: they are left to the one whose turn it is, which appends them together.

use std::thread;
use std::time::Duration;

use super::*;
use crate::broker::runtime::partition::together::{MOST_TOGETHER, TIMES_FOR_OTHERS};
use crate::wire::batch::batches;

/// The turn, held by a test: whoever produces meanwhile leaves its batch.
type Held<'a> = Turn<LeftBatch, &'a Combiner<LeftBatch>>;

impl Bench {
    fn hold(&self) -> Held<'_> {
        self.partition.combiner.try_take().expect("nobody appends")
    }

    fn leave(&self, batch: Bytes, acks: Acks) -> Appending {
        match self.partition.produce(batch, acks, 9, NOW) {
            Ok(Produced::Soon(appending)) => appending,
            other => panic!("another has the turn: {other:?}"),
        }
    }

    fn leave_each(&self, batches: impl IntoIterator<Item = Bytes>) -> Vec<Appending> {
        batches.into_iter().map(|batch| self.leave(batch, Acks::Leader)).collect()
    }

    fn end(&self, turn: Held<'_>) {
        self.partition.append_for_others(turn);
    }

    fn end_offset(&self) -> i64 {
        self.partition.lock().log.end_offset().get()
    }

    fn configure(&self, change: impl FnOnce(&mut PartitionConfig)) {
        let mut config = PartitionConfig::clone(&self.partition.config());
        change(&mut config);
        self.partition.configure(Arc::new(config));
    }
}

fn bench_without_syncs() -> Bench {
    bench(u64::MAX, &[1])
}

fn outcome(appending: &mut Appending) -> Result<Appended, ErrorCode> {
    appending.try_recv().expect("it was answered").map_err(|refusal| refusal.code)
}

fn base_offsets(appending: &mut [Appending]) -> Vec<Result<i64, ErrorCode>> {
    appending.iter_mut().map(|one| outcome(one).map(|appended| appended.base_offset.get())).collect()
}

fn of_producer(id: i64, sequence: i32, value: &[u8]) -> Bytes {
    let mut builder = BatchBuilder::new(BuilderOptions {
        producer_id: ProducerId(id),
        producer_epoch: ProducerEpoch(0),
        base_sequence: Sequence(sequence),
        ..BuilderOptions::default()
    });
    builder.append(&RecordToWrite { timestamp: NOW, value: Some(value), ..RecordToWrite::default() });
    builder.build().unwrap().into()
}

#[test]
fn while_another_appends_batches_are_left_and_answered_with_their_offsets() {
    let t = bench_without_syncs();
    let turn = t.hold();
    let mut left = t.leave_each((0..5).map(|_| batch(None)));
    assert!(matches!(left[0].try_recv(), Err(TryRecvError::Empty)));
    assert_eq!(t.end_offset(), 0);
    t.end(turn);
    assert_eq!(base_offsets(&mut left), [0, 1, 2, 3, 4].map(Ok));
    assert_eq!((t.end_offset(), t.visible()), (5, 5));
    assert_eq!(t.produce(Acks::Leader).unwrap().base_offset, Offset(5), "the turn is free again");
}

#[test]
fn a_reader_that_holds_the_lock_leaves_the_turn_to_those_who_append() {
    let t = bench_without_syncs();
    thread::scope(|scope| {
        let reading = t.partition.lock();
        let first = scope.spawn(|| t.produce(Acks::Leader).unwrap().base_offset);
        while t.partition.combiner.try_take().map(Turn::end).is_some() {
            thread::yield_now();
        }
        // The first waits for the reader; the second waits for nobody.
        let mut second = t.leave(batch(None), Acks::Leader);
        drop(reading);
        assert_eq!(first.join().unwrap(), Offset(0));
        assert_eq!(outcome(&mut second).unwrap().base_offset, Offset(1));
    });
}

#[test]
fn a_refusal_of_one_leaves_the_others_as_they_are() {
    let t = bench(u64::MAX, &[1, 2]);
    t.configure(|config| config.min_insync = 2);
    let assignment = t.partition.lock().state.assignment().clone();
    let alone = std::iter::once(ME).collect();
    t.partition.assign(Assignment { isr: alone, partition_epoch: 2, ..assignment }).unwrap();
    t.send(of_producer(7, 0, b"v"), Acks::Leader).unwrap();
    let turn = t.hold();
    let mut left = [
        t.leave(batch(None), Acks::All), // too few in sync
        t.leave(batch(None), Acks::Leader),
        t.leave(of_producer(7, 9, b"v"), Acks::Leader), // out of order
        t.leave(of_producer(7, 1, b"v"), Acks::Leader),
        t.leave(batch(None), Acks::All),
    ];
    t.end(turn);
    let few = Err(ErrorCode::NotEnoughReplicas);
    assert_eq!(base_offsets(&mut left), [few, Ok(1), Err(ErrorCode::OutOfOrderSequenceNumber), Ok(2), few]);
    let turn = t.hold();
    let mut left = [t.leave(batch(None), Acks::All), t.leave(batch(None), Acks::All)];
    t.end(turn);
    assert_eq!(base_offsets(&mut left), [few, few]);
    assert_eq!(t.end_offset(), 3);
}

#[test]
fn an_unsound_batch_is_refused_at_once_and_never_left() {
    let t = bench_without_syncs();
    let turn = t.hold();
    let mut broken = batch(None).to_vec();
    *broken.last_mut().unwrap() ^= 1;
    let refusal = t.partition.produce(broken.into(), Acks::Leader, 9, NOW).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::CorruptMessage);
    assert!(turn.end().is_none(), "nothing was left");
}

#[test]
fn a_producers_batches_are_judged_one_by_what_the_other_left() {
    let t = bench_without_syncs();
    t.send(of_producer(1, 0, b"v"), Acks::Leader).unwrap();
    let turn = t.hold();
    let mut left = t.leave_each([
        of_producer(1, 0, b"v"), // repeated, of what was in the log before
        of_producer(2, 0, b"v"),
        of_producer(2, 0, b"v"), // repeated, of what is left with it
        of_producer(2, 1, b"v"),
        of_producer(2, 3, b"v"), // one is missing
        of_producer(1, 1, b"v"),
        of_producer(2, 2, b"v"),
    ]);
    t.end(turn);
    let gap = Err(ErrorCode::OutOfOrderSequenceNumber);
    assert_eq!(base_offsets(&mut left), [Ok(0), Ok(1), Ok(1), Ok(2), gap, Ok(3), Ok(4)]);
    assert_eq!(t.end_offset(), 5);
}

#[test]
fn a_fault_of_the_disk_fails_all_that_were_written_together_and_all_behind() {
    let t = bench_without_syncs();
    t.produce(Acks::Leader).unwrap();
    // The next write has to begin a segment, for which there is no directory any more.
    t.configure(|config| config.log = Arc::new(LogConfig { segment_bytes: 100, ..LogConfig::default() }));
    std::fs::remove_dir_all(t.partition.lock().log.dir()).unwrap();
    let turn = t.hold();
    let mut left = t.leave_each((0..70).map(|_| batch(None)));
    t.end(turn);
    assert_eq!(base_offsets(&mut left), [Err(ErrorCode::KafkaStorageError); 70]);
    assert!(t.partition.is_offline() && !t.partition.is_gone());
    assert_eq!(t.visible(), 1);
    assert_eq!(t.produce(Acks::Leader).unwrap_err(), ErrorCode::KafkaStorageError);
}

#[test]
fn a_fault_of_the_disk_before_the_first_append_fails_all() {
    let t = bench_without_syncs();
    let log_dir = t.partition.log_dir();
    std::fs::remove_dir_all(&log_dir).unwrap();
    std::fs::write(&log_dir, b"no directory").unwrap();
    let turn = t.hold();
    let mut left = t.leave_each([batch(None), batch(None)]);
    t.end(turn);
    assert_eq!(base_offsets(&mut left), [Err(ErrorCode::KafkaStorageError); 2]);
}

#[test]
fn what_was_left_to_a_leader_that_is_none_any_more_is_refused() {
    let t = bench_without_syncs();
    let turn = t.hold();
    let mut left = t.leave_each([batch(None), batch(None)]);
    let assignment = t.partition.lock().state.assignment().clone();
    let next = Assignment { leader: BrokerId(2), leader_epoch: LeaderEpoch(4), partition_epoch: 2, ..assignment };
    t.partition.assign(next).unwrap();
    t.end(turn);
    assert_eq!(base_offsets(&mut left), [Err(ErrorCode::NotLeaderOrFollower); 2]);
    assert_eq!(t.end_offset(), 0);
}

#[test]
fn what_was_left_to_a_partition_that_is_deleted_is_answered_and_no_fault_of_the_disk() {
    let t = bench_without_syncs();
    let turn = t.hold();
    let mut left = t.leave_each([batch(None), batch(None)]);
    t.partition.go_offline_with(ErrorCode::UnknownTopicOrPartition);
    t.end(turn);
    assert_eq!(base_offsets(&mut left), [Err(ErrorCode::KafkaStorageError); 2]);
    assert!(t.partition.is_gone());
}

#[test]
fn a_batch_of_a_client_that_left_is_appended_all_the_same() {
    let t = bench_without_syncs();
    let turn = t.hold();
    drop(t.leave(batch(None), Acks::All));
    let mut stays = t.leave(batch(None), Acks::All);
    t.end(turn);
    assert_eq!(outcome(&mut stays).unwrap().base_offset, Offset(1));
}

#[test]
fn a_small_batch_that_waits_lets_go_of_the_buffer_it_came_in() {
    let t = bench_without_syncs();
    let turn = t.hold();
    let frame = batch(None);
    let mut left = t.leave(frame.clone(), Acks::Leader);
    assert!(frame.is_unique());
    t.end(turn);
    assert!(outcome(&mut left).is_ok());
}

#[test]
fn with_flush_messages_what_is_appended_together_is_durable_by_one_sync() {
    let t = bench(1, &[1]);
    let turn = t.hold();
    let mut left = [
        t.leave(batch(None), Acks::Leader),
        t.leave(of_producer(7, 0, b"v"), Acks::All),
        t.leave(batch(None), Acks::None),
        t.leave(of_producer(7, 0, b"v"), Acks::Leader), // repeated: it waits with the first
    ];
    t.end(turn);
    let [mut one, mut all, none, mut again] = left.each_mut().map(|one| outcome(one).unwrap());
    assert_eq!([one.base_offset, all.base_offset, again.base_offset].map(Offset::get), [0, 1, 1]);
    assert!(none.durable.is_none() && none.commit.is_none());
    assert_eq!(state(&mut one.durable), Err(TryRecvError::Empty));
    assert_eq!(state(&mut all.commit), Err(TryRecvError::Empty));
    assert_eq!(state(&mut again.durable), Err(TryRecvError::Empty));
    assert_eq!((t.visible(), t.partition.home.load().flusher.waiting()), (0, 1), "handed to the flusher, once");
    t.sync();
    assert_eq!(
        [state(&mut one.durable), state(&mut all.durable), state(&mut all.commit), state(&mut again.durable)],
        [const { Ok(Ok(())) }; 4]
    );
    assert_eq!(t.visible(), 3);
}

#[test]
fn with_flush_messages_of_three_the_third_of_those_appended_together_waits() {
    let t = bench(3, &[1]);
    let size = batch(None).len() as i64;
    let two = FetchWaiter::new(2 * size);
    let more = FetchWaiter::new(2 * size + 1);
    let wait =
        FetchWait { isolation: Isolation::ReadUncommitted, seen: Offset(0), leader_only: true, told: Offset::NONE };
    for waiter in [&two, &more] {
        t.partition.wait_for_bytes(waiter, &wait);
    }
    let turn = t.hold();
    let mut left = t.leave_each((0..4).map(|_| batch(None)));
    t.end(turn);
    let mut durable: Vec<_> = left.iter_mut().map(|one| outcome(one).unwrap().durable).collect();
    let waits: Vec<_> = durable.iter().map(Option::is_some).collect();
    assert_eq!(waits, [false, false, true, false]);
    assert_eq!(t.visible(), 2);
    assert!(is_woken(&two), "two are visible");
    assert!(!is_woken(&more), "what is held back does not count before it is durable");
    t.sync();
    assert_eq!(state(&mut durable[2]), Ok(Ok(())));
    assert_eq!(t.visible(), 4);
    assert!(is_woken(&more));
}

fn is_woken(waiter: &FetchWaiter) -> bool {
    use std::future::Future;
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    std::pin::pin!(waiter.wait()).poll(&mut context).is_ready()
}

#[test]
fn acks_all_waits_for_the_followers_of_each() {
    let t = bench(u64::MAX, &[1, 2]);
    let turn = t.hold();
    let mut left =
        [t.leave(batch(None), Acks::All), t.leave(batch(None), Acks::Leader), t.leave(batch(None), Acks::All)];
    t.end(turn);
    let [mut first, one, mut second] = left.each_mut().map(|one| outcome(one).unwrap());
    assert!(one.commit.is_none());
    {
        let mut inner = t.partition.lock();
        let fetch = FollowerFetch {
            follower: BrokerId(2),
            broker_epoch: -1,
            offset: Offset(1),
            log_start: Offset(0),
            knows_epoch: true,
        };
        let (log, rules) = (LogEnds { end: Offset(3), counted: Offset(3) }, inner.config.isr_rules());
        inner.state.follower_fetched(&fetch, Default::default(), log, rules, NOW).unwrap();
        let high_watermark = inner.state.high_watermark();
        inner.waiters.committed(high_watermark, Ok(()));
    }
    assert_eq!((state(&mut first.commit), state(&mut second.commit)), (Ok(Ok(())), Err(TryRecvError::Empty)));
}

#[test]
fn many_and_large_batches_take_several_writes_and_keep_their_order() {
    let t = bench_without_syncs();
    let turn = t.hold();
    let sizes = (0..200).map(|n| if n % 7 == 0 { 400_000 } else { n });
    let mut left = t.leave_each(sizes.map(|bytes| of_producer(1, 0, &vec![b'x'; bytes])).zip(0..).map(|(batch, n)| {
        // Each of another producer, so that only size and number keep them apart.
        let mut batch = batch.to_vec();
        batch[43..51].copy_from_slice(&i64::from(n).to_be_bytes());
        let crc = crate::wire::batch::compute_crc(&batch);
        batch[17..21].copy_from_slice(&crc.to_be_bytes());
        batch.into()
    }));
    t.end(turn);
    assert_eq!(base_offsets(&mut left), (0..200).map(Ok).collect::<Vec<_>>());
}

#[test]
fn who_appends_for_others_hands_the_rest_on_once_it_has_done_its_share() {
    let t = bench_without_syncs();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let turn = t.hold();
        let share = MOST_TOGETHER * TIMES_FOR_OTHERS;
        let mut left = t.leave_each((0..share + 10).map(|_| batch(None)));
        t.end(turn);
        assert!(left[share - 1].try_recv().is_ok());
        assert!(matches!(left[share].try_recv(), Err(TryRecvError::Empty)), "the answer of its own goes out first");
        let mut late = t.leave(batch(None), Acks::Leader);
        for (n, one) in (share..).zip(&mut left[share..]) {
            assert_eq!(one.await.unwrap().unwrap().base_offset, Offset(n as i64));
        }
        tokio::task::yield_now().await;
        assert_eq!(outcome(&mut late).unwrap().base_offset, Offset(share as i64 + 10));
        assert_eq!(t.produce(Acks::Leader).unwrap().base_offset, Offset(share as i64 + 11), "the turn is free again");
    });
}

#[test]
fn a_turn_that_dies_with_its_runtime_leaves_nobody_without_an_answer() {
    let t = bench_without_syncs();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut left = {
        let _inside = runtime.enter();
        let turn = t.hold();
        let left = t.leave_each((0..=MOST_TOGETHER * TIMES_FOR_OTHERS).map(|_| batch(None)));
        t.end(turn);
        left
    };
    drop(runtime);
    assert!(matches!(left.last_mut().unwrap().try_recv(), Err(TryRecvError::Closed)));
    assert!(t.produce(Acks::Leader).is_ok(), "the turn is free again");
}

/// What a producer of the stress tests wrote where: `(offset, sequence)` in the order of its requests.
type Written = Vec<(i64, i32)>;

/// Whether the log holds exactly what the producers were told, and each producer's batches in the order it sent them.
fn check(t: &Bench, written: &[Written]) {
    let mut expected = vec![None; written.iter().map(Vec::len).sum()];
    for (producer, batches) in written.iter().enumerate() {
        assert!(batches.is_sorted(), "producer {producer}: its order is kept");
        for &(offset, sequence) in batches {
            let place = &mut expected[usize::try_from(offset).unwrap()];
            assert_eq!(place.replace((producer as i64, sequence)), None, "offset {offset} was given once");
        }
    }
    let (mut offset, mut found) = (Offset(0), Vec::new());
    while offset < Offset(expected.len() as i64) {
        let (bytes, next) = t.partition.read_copied(offset, 1 << 20).unwrap();
        for (header, bytes) in batches(&bytes).map(Result::unwrap) {
            crate::wire::batch::validate_crc(bytes).unwrap();
            assert_eq!(header.base_offset.get(), found.len() as i64, "offsets are dense");
            found.push(Some((header.producer_id.0, header.base_sequence.0)));
        }
        offset = next;
    }
    assert_eq!(found, expected);
    assert_eq!(t.end_offset(), expected.len() as i64);
}

/// Ends a test that hangs: it waits for an answer that never comes.
fn in_time<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    let (done, wait) = std::sync::mpsc::channel();
    thread::spawn(move || done.send(work()));
    wait.recv_timeout(Duration::from_secs(120)).expect("every append is answered")
}

#[test]
fn many_threads_that_pipeline_to_one_partition_are_all_answered_in_their_order() {
    const THREADS: i64 = 8;
    const EACH: i32 = 1500;
    const IN_FLIGHT: usize = 5;
    in_time(|| {
        let t = bench_without_syncs();
        let written: Vec<Written> = thread::scope(|scope| {
            let produce = |producer: i64| {
                let mut waiting = std::collections::VecDeque::new();
                let mut written = Written::new();
                let answer = |(sequence, produced): (i32, Produced)| match produced {
                    Produced::Now(appended) => (appended.base_offset.get(), sequence),
                    Produced::Soon(appending) => {
                        (appending.blocking_recv().unwrap().unwrap().base_offset.get(), sequence)
                    }
                };
                for sequence in 0..EACH {
                    let batch = of_producer(producer, sequence, &[b'v'; 100]);
                    waiting.push_back((sequence, t.partition.produce(batch, Acks::Leader, 9, NOW).unwrap()));
                    if waiting.len() == IN_FLIGHT {
                        written.extend(waiting.pop_front().map(answer));
                    }
                }
                written.extend(waiting.into_iter().map(answer));
                written
            };
            let threads: Vec<_> = (0..THREADS).map(|n| scope.spawn(move || produce(n))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        check(&t, &written);
    });
}

#[test]
fn many_tasks_with_readers_and_syncs_between_them_lose_nothing() {
    const TASKS: i64 = 50;
    const EACH: i32 = 100;
    in_time(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
        let t = Arc::new(bench(10, &[1]));
        let written = runtime.block_on(async {
            let done = Arc::new(AtomicBool::new(false));
            let (reading, until) = (Arc::clone(&t), Arc::clone(&done));
            // Takes the lock as fetches and the flusher do.
            let reader = thread::spawn(move || {
                while !until.load(Ordering::Acquire) {
                    let end = reading.end_offset();
                    assert!(reading.visible() <= end.max(reading.end_offset()));
                    reading.sync();
                }
            });
            let tasks: Vec<_> = (0..TASKS)
                .map(|producer| {
                    let t = Arc::clone(&t);
                    tokio::spawn(async move {
                        let mut written = Written::new();
                        for sequence in 0..EACH {
                            let batch = of_producer(producer, sequence, &[b'v'; 100]);
                            let appended = match t.partition.produce(batch, Acks::All, 9, NOW).unwrap() {
                                Produced::Now(appended) => appended,
                                Produced::Soon(appending) => appending.await.unwrap().unwrap(),
                            };
                            written.push((appended.base_offset.get(), sequence));
                            for wait in [appended.durable, appended.commit].into_iter().flatten() {
                                assert_eq!(wait.await, Ok(Ok(())));
                            }
                        }
                        written
                    })
                })
                .collect();
            let mut written = Vec::new();
            for task in tasks {
                written.push(task.await.unwrap());
            }
            done.store(true, Ordering::Release);
            reader.join().unwrap();
            written
        });
        t.sync();
        assert_eq!(t.visible(), TASKS * i64::from(EACH));
        check(&t, &written);
    });
}
