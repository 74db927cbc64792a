@NullMarked
package io.penstock.provisioning.job;

import org.jspecify.annotations.NullMarked;
