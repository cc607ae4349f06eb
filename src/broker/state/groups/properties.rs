//! What holds after any sequence of requests, time, commits, failures and fail-overs.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::harness::*;
use super::*;
use crate::model::ErrorCode;

#[derive(Clone, Debug)]
enum Step {
    Join { client: usize, known: bool, is_static: bool, protocols: usize },
    Sync { client: usize },
    Beat { client: usize },
    Leave { client: usize },
    Commit { client: usize },
    SimpleCommit,
    DeleteGroup,
    Pass { ms: u64 },
    CommitNext,
    FailNext,
    FailOver,
}

fn step() -> impl Strategy<Value = Step> {
    let client = 0..4usize;
    prop_oneof![
        6 => (client.clone(), any::<bool>(), any::<bool>(), 0..3usize)
            .prop_map(|(client, known, is_static, protocols)| Step::Join { client, known, is_static, protocols }),
        5 => client.clone().prop_map(|client| Step::Sync { client }),
        4 => client.clone().prop_map(|client| Step::Beat { client }),
        1 => client.clone().prop_map(|client| Step::Leave { client }),
        3 => client.prop_map(|client| Step::Commit { client }),
        1 => Just(Step::SimpleCommit),
        1 => Just(Step::DeleteGroup),
        4 => prop_oneof![Just(100u64), Just(3_000), Just(9_000), Just(70_000)].prop_map(|ms| Step::Pass { ms }),
        8 => Just(Step::CommitNext),
        1 => Just(Step::FailNext),
        1 => Just(Step::FailOver),
    ]
}

/// A client that remembers what the answers told it.
#[derive(Clone, Debug, Default)]
struct Client {
    member_id: String,
    generation: i32,
    instance: Option<String>,
    join: Option<Token>,
}

struct Play {
    world: World,
    clients: Vec<Client>,
    sent: Vec<Token>,
    acknowledged: Option<i64>,
    commits: BTreeMap<Token, i64>,
    fresh: u64,
}

impl Play {
    fn step(&mut self, step: Step) {
        match step {
            Step::Join { client, known, is_static, protocols } => self.join(client, known, is_static, protocols),
            Step::Sync { client } => {
                let c = self.clients[client].clone();
                let others: Vec<String> = self.clients.iter().map(|c| c.member_id.clone()).collect();
                let mut sync = syncer(&c.member_id, c.generation, &[]);
                sync.assignments = others.into_iter().map(|m| (m.clone(), bytes::Bytes::from(m))).collect();
                (sync.protocol, sync.instance_id) = (None, c.instance);
                let to = self.world.send(Command::Sync(sync));
                self.sent.push(to);
            }
            Step::Beat { client } => {
                let c = self.clients[client].clone();
                self.world.beat(&c.member_id, c.generation);
            }
            Step::Leave { client } => {
                let c = self.clients[client].clone();
                let leaving = vec![Leaving { member_id: c.member_id, instance_id: c.instance }];
                let to = self.world.send(Command::Leave(Leave { group: GROUP.into(), members: leaving }));
                self.sent.push(to);
            }
            Step::Commit { client } => {
                let c = self.clients[client].clone();
                self.commit(&c.member_id, c.generation);
            }
            Step::SimpleCommit => self.commit("", -1),
            Step::DeleteGroup => {
                let to = self.world.send(Command::DeleteGroups(vec![GROUP.into()]));
                self.sent.push(to);
            }
            Step::Pass { ms } => self.world.pass(ms),
            Step::CommitNext => self.world.commit_next(),
            Step::FailNext => self.world.fail_next(ErrorCode::NotEnoughReplicas),
            Step::FailOver => {
                // Requests whose write was cut off get no answer from the machine: their connection tells them.
                let lost: Vec<Token> =
                    self.world.writes.iter().flat_map(|outcome| outcome.replies.iter().map(|r| r.to)).collect();
                self.sent.retain(|to| !lost.contains(to));
                self.world.fail_over();
            }
        }
        self.learn();
    }

    fn join(&mut self, client: usize, known: bool, is_static: bool, protocols: usize) {
        self.fresh += 1;
        let c = &mut self.clients[client];
        if c.member_id.is_empty() || !known {
            c.member_id.clear();
            c.instance = is_static.then(|| format!("i{client}"));
        }
        let offers: &[&str] = [&["range"][..], &["range", "sticky"], &["sticky", "range"]][protocols];
        let to = self.world.join(Join {
            member_id: c.member_id.clone(),
            instance_id: c.instance.clone(),
            fresh_id: self.fresh.to_string(),
            protocols: offers.iter().map(|name| protocol(name, &["t"])).collect(),
            ..joiner(&format!("c{client}"))
        });
        c.join = Some(to);
        self.sent.push(to);
    }

    fn commit(&mut self, member_id: &str, generation: i32) {
        self.fresh += 1;
        let offset = i64::try_from(self.fresh).unwrap();
        let to = self.world.send(Command::Commit(committer(member_id, generation, "t", offset)));
        self.commits.insert(to, offset);
        self.sent.push(to);
    }

    fn learn(&mut self) {
        for client in &mut self.clients {
            let Some(Answer::Join(answer)) = client.join.and_then(|to| self.world.answers.get(&to)) else { continue };
            match answer.error {
                ErrorCode::None | ErrorCode::MemberIdRequired => {
                    client.member_id = answer.member_id.to_string();
                    client.generation = answer.generation;
                }
                _ => client.member_id.clear(),
            }
            client.join = None;
        }
        let landed: Vec<Token> = self.commits.keys().copied().filter(|to| !self.world.waits(*to)).collect();
        for to in landed {
            let offset = self.commits.remove(&to).unwrap();
            if self.world.answers[&to] == Answer::Commit(vec![ErrorCode::None]) {
                self.acknowledged = Some(offset);
            }
        }
    }

    fn check(&self, before: Option<(i32, GroupState)>, lost_leadership: bool) {
        let Some(group) = self.world.shard.groups.get(GROUP) else { return };
        let parked = group.members.values().filter(|m| m.joining.is_some()).count();
        assert_eq!(parked, group.joining(), "the count of parked JoinGroups is off");
        for (instance, member) in &group.statics {
            assert_eq!(group.members[member].instance_id.as_ref(), Some(instance));
        }
        assert!(group.leader.as_ref().is_none_or(|id| group.members.contains_key(id)) || group.members.is_empty());
        assert!(group.pending_joins.keys().all(|id| !group.members.contains_key(id)));
        assert!(group.pending_syncs.iter().all(|id| group.members.contains_key(id)));
        match group.state {
            GroupState::Empty => assert!(group.members.is_empty()),
            GroupState::PreparingRebalance => {
                assert!(group.join_phase.is_some(), "a join phase without an end");
                assert!(group.members.values().all(|m| m.syncing.is_none()));
            }
            GroupState::CompletingRebalance => {
                assert_eq!(parked, 0);
                assert!(group.protocol.is_some() && !group.members.is_empty());
            }
            GroupState::Stable => {
                assert_eq!(parked, 0);
                assert!(group.members.values().all(|m| m.syncing.is_none()), "stable, yet someone waits");
                assert!(group.protocol.is_some() && !group.members.is_empty());
            }
        }
        if let (Some((generation, _)), false) = (before, lost_leadership) {
            assert!(group.generation >= generation, "generations went back");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_history_keeps_the_group_consistent_and_answers_everybody(steps in prop::collection::vec(step(), 1..120)) {
        let mut world = World::new(GroupConfig { max_size: 3, ..GroupConfig::default() });
        world.immediate = false;
        let mut play = Play {
            world,
            clients: vec![Client::default(); 4],
            sent: Vec::new(),
            acknowledged: None,
            commits: BTreeMap::new(),
            fresh: 0,
        };
        for step in steps {
            let before = play.world.shard.groups.get(GROUP).map(|g| (g.generation, g.state));
            // Deletion and expiry may take acknowledged offsets away, and with them the group's history.
            let forgets = matches!(step, Step::DeleteGroup | Step::CommitNext | Step::FailOver | Step::Pass { .. });
            play.step(step);
            play.check(before, forgets);
        }
        // Whatever happened, time and a working log answer every request.
        for _ in 0..40 {
            while !play.world.writes.is_empty() {
                play.world.commit_next();
            }
            play.world.pass(30_000);
            play.learn();
        }
        for to in &play.sent {
            prop_assert!(!play.world.waits(*to), "request {to:?} was never answered");
        }
    }

    #[test]
    fn a_reloaded_shard_holds_what_the_live_one_held(steps in prop::collection::vec(step(), 1..80)) {
        let mut world = World::new(GroupConfig::default());
        world.immediate = false;
        let mut play = Play {
            world,
            clients: vec![Client::default(); 4],
            sent: Vec::new(),
            acknowledged: None,
            commits: BTreeMap::new(),
            fresh: 0,
        };
        for step in steps {
            play.step(step);
        }
        while !play.world.writes.is_empty() {
            play.world.commit_next();
        }
        let live = play.world.shard.offset(GROUP, "t", 0).cloned();
        let stable = play.world.shard.describe(GROUP).filter(|g| g.state == GroupState::Stable);
        play.world.fail_over();
        prop_assert_eq!(live, play.world.shard.offset(GROUP, "t", 0).cloned());
        if let Some(stable) = stable {
            prop_assert_eq!(Some(stable), play.world.shard.describe(GROUP));
        }
    }

    #[test]
    fn an_acknowledged_commit_is_never_lost_without_a_deletion(steps in prop::collection::vec(step(), 1..120)) {
        let mut world = World::new(GroupConfig::default());
        world.immediate = false;
        let mut play = Play {
            world,
            clients: vec![Client::default(); 4],
            sent: Vec::new(),
            acknowledged: None,
            commits: BTreeMap::new(),
            fresh: 0,
        };
        for step in steps.into_iter().filter(|s| !matches!(s, Step::DeleteGroup)) {
            play.step(step);
            prop_assert_eq!(play.acknowledged, play.world.committed("t"));
        }
    }
}
