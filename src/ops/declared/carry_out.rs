//! Taking the steps: what is new first, then what changes, deletions last.

use std::collections::BTreeMap;

use super::diff::{Change, Step};
use super::{quotas, users};
use crate::client::Cluster;
use crate::ops::configs::{self, Resource};
use crate::ops::topics::{self, NewPartitions};
use crate::ops::{OpsError, Outcome, Result};

/// What became of a change: done, or why not.
pub type Done<'a> = (&'a Change, Result<(), String>);

/// Carries changes out, each with its own answer. Changes that are impossible are told as such, and not tried.
///
/// # Errors
/// [`OpsError`] when the cluster cannot be asked any more; what was done till then is done.
pub async fn carry_out<'a>(cluster: &Cluster, changes: &'a [Change]) -> Result<Vec<Done<'a>>> {
    let mut done: Vec<Done<'a>> = Vec::new();
    let (possible, impossible): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|c| c.impossible.is_none());
    done.extend(impossible.into_iter().map(|c| (c, Err(c.impossible.clone().unwrap_or_default()))));
    create_topics(cluster, &possible, &mut done).await?;
    add_partitions(cluster, &possible, &mut done).await?;
    set_configs(cluster, &possible, &mut done).await?;
    for change in &possible {
        let answer = match &change.step {
            Step::Quota { entity, value } => quotas::alter(cluster, entity, &change.what, *value).await,
            Step::User { mechanism, wanted } => users::alter(cluster, &change.name, *mechanism, wanted.as_ref()).await,
            _ => continue,
        };
        done.push((change, told(answer)?));
    }
    delete_topics(cluster, &possible, &mut done).await?;
    Ok(done)
}

/// A refusal belongs to its change; a cluster that is gone ends everything.
fn told(answer: Result<()>) -> Result<Result<(), String>> {
    match answer {
        Ok(()) => Ok(Ok(())),
        Err(OpsError::Client(e)) if e.is_unreachable() => Err(e.into()),
        Err(e) => Ok(Err(e.to_string())),
    }
}

fn sort_out<'a, T>(changes: &[&'a Change], outcomes: Vec<Outcome<T>>, done: &mut Vec<Done<'a>>) {
    for outcome in outcomes {
        if let Some(change) = changes.iter().find(|change| change.name == outcome.name) {
            done.push((change, outcome.result.map(drop).map_err(|refusal| refusal.text().to_owned())));
        }
    }
}

async fn create_topics<'a>(cluster: &Cluster, changes: &[&'a Change], done: &mut Vec<Done<'a>>) -> Result<()> {
    let new: Vec<&Change> = changes.iter().filter(|c| matches!(c.step, Step::CreateTopic { .. })).copied().collect();
    let wanted: Vec<_> = new.iter().filter_map(|change| change.new_topic()).collect();
    if !wanted.is_empty() {
        sort_out(&new, topics::create(cluster, &wanted, false).await?, done);
    }
    Ok(())
}

async fn add_partitions<'a>(cluster: &Cluster, changes: &[&'a Change], done: &mut Vec<Done<'a>>) -> Result<()> {
    let growing: Vec<&Change> = changes.iter().filter(|c| matches!(c.step, Step::AddPartitions(_))).copied().collect();
    let wanted = growing.iter().filter_map(|change| match change.step {
        Step::AddPartitions(count) => Some(NewPartitions { topic: change.name.clone(), count, assignment: Vec::new() }),
        _ => None,
    });
    let wanted: Vec<NewPartitions> = wanted.collect();
    if !wanted.is_empty() {
        sort_out(&growing, topics::create_partitions(cluster, &wanted, false).await?, done);
    }
    Ok(())
}

/// All settings of a thing at once: they may depend on each other.
async fn set_configs<'a>(cluster: &Cluster, changes: &[&'a Change], done: &mut Vec<Done<'a>>) -> Result<()> {
    type Together<'a> = BTreeMap<String, (Resource, Vec<(&'a Change, configs::Change)>)>;
    let mut together: Together<'a> = BTreeMap::new();
    for change in changes {
        let Step::Config { resource, value } = &change.step else { continue };
        let step = value.clone().map_or(configs::Change::Unset, configs::Change::Set);
        let entry = together.entry(resource.to_string()).or_insert_with(|| (resource.clone(), Vec::new()));
        entry.1.push((change, step));
    }
    for (resource, steps) in together.into_values() {
        let pairs: Vec<(String, configs::Change)> =
            steps.iter().map(|(change, step)| (change.what.clone(), step.clone())).collect();
        let answer = told(configs::alter(cluster, &resource, &pairs, false).await)?;
        done.extend(steps.into_iter().map(|(change, _)| (change, answer.clone())));
    }
    Ok(())
}

async fn delete_topics<'a>(cluster: &Cluster, changes: &[&'a Change], done: &mut Vec<Done<'a>>) -> Result<()> {
    let gone: Vec<&Change> = changes.iter().filter(|c| c.step == Step::DeleteTopic).copied().collect();
    let names: Vec<String> = gone.iter().map(|change| change.name.clone()).collect();
    if !names.is_empty() {
        sort_out(&gone, topics::delete(cluster, &names).await?, done);
    }
    Ok(())
}
