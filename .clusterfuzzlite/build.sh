#!/bin/bash -eu
. precompile_swift
scripts/fleet-build
