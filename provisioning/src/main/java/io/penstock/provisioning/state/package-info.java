/** What a long-running process tells of the system's state: jobs, keys, targets, the account. */
@NullMarked
package io.penstock.provisioning.state;

import org.jspecify.annotations.NullMarked;
